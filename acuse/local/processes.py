"""Processes by pid and start time, since a pid alone may by now be somebody else's."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from msgspec import Struct

POLL_SECONDS: Final = 0.05


class ProcessRecord(Struct, frozen=True):
    """``started`` is opaque: equal for the same process only."""

    name: str
    pid: int
    started: str


def start_mark(pid: int) -> str | None:
    """When the process started, as the system writes it; None if there is no such process, or only its remains."""
    if sys.platform != "linux":
        asked = subprocess.run(  # noqa: S603 - a fixed command
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
        )
        return asked.stdout.strip() or None
    try:
        # The program's name is in parentheses and may hold anything; what follows the last one is regular.
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if state == "Z" else f"{boot} {rest[18]}"


def is_running(record: ProcessRecord) -> bool:
    return start_mark(record.pid) == record.started


def end(records: list[ProcessRecord], seconds: float) -> list[ProcessRecord]:
    """Ends those that still run, in order while ``seconds`` last and by force then. Returns those it found running."""
    found = [record for record in records if is_running(record)]
    _signal(found, signal.SIGTERM)
    _wait(found, seconds)
    _signal([record for record in found if is_running(record)], signal.SIGKILL)
    _wait(found, seconds)
    return found


def _signal(records: list[ProcessRecord], number: signal.Signals) -> None:
    for record in records:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _wait(records: list[ProcessRecord], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(is_running(record) for record in records) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
