"""The demo itself, on the real stack and over real HTTP: a small burst, and another on what the first one left."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from acuse.local.ports import free_port

SECONDS = 110


def play(data: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    ports = {"--ingest-port": free_port(), "--dashboards-port": free_port(), "--broker-port": free_port()}
    said = [text for option, port in ports.items() for text in (option, str(port))]
    return subprocess.run(
        [sys.executable, "-m", "acuse", "demo", "--once", "--data", str(data), *said, *options],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.timeout(2 * SECONDS)
def test_all_that_the_providers_took_and_told_is_read_back_twice(tmp_path: Path) -> None:
    for messages, seed in ((300, 1), (40, 2)):
        played = play(tmp_path, "--messages", str(messages), "--seed", str(seed))
        assert played.returncode == 0, played.stdout + played.stderr
        assert re.search(rf"^{messages} messages accepted in ", played.stdout, re.MULTILINE)
        assert "✗" not in played.stdout
        assert played.stdout.count("✓") > 8
        assert all(
            provider in played.stdout for provider in ("mensatek", "messente", "altiria", "ainumber", "enviosms")
        )
