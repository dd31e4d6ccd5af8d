"""The directory that a local stack keeps everything in, and the lock that makes it one stack's at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from acuse.local.errors import StackError

MEBIBYTE: Final = 1024 * 1024
NEEDED_BYTES: Final = 512 * MEBIBYTE
"""Below it nothing is started."""
LEAST_BYTES: Final = 64 * MEBIBYTE
"""Below it a running stack that loses a process stops rather than tries again."""


class StackDirectory:
    """``root`` is made if need be. Nothing in it is shared between stacks."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.kafka = self.root / "kafka"
        self.clickhouse = self.root / "clickhouse"
        self.tracking = self.root / "tracking"
        self.logs = self.root / "logs"
        self.children = self.root / "children.json"
        self.ports = self.root / "ports.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the directory, and holds it while the block runs; a process that dies lets go of it.

        Raises ``StackError`` when another process holds it, or it cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's numbers and words are in it
            self.logs.mkdir(exist_ok=True)
            descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StackError(f"{self.root} cannot be used: {error.strerror}; name another with --data") from None
        with os.fdopen(descriptor, "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = lock.read().strip() or "unknown"
                raise StackError(
                    f"{self.root} is in use by another Acuse (pid {holder}); stop that one, or name another with --data"
                ) from None
            lock.seek(0)
            lock.truncate()
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free

    def require_space(self) -> None:
        """Raises ``StackError`` when the disk is about full."""
        if (free := self.free_bytes()) < NEEDED_BYTES:
            raise StackError(
                f"the disk of {self.root} is full: {free // MEBIBYTE} MiB are free, {NEEDED_BYTES // MEBIBYTE} are "
                "needed; free some, or name another directory with --data"
            )

    def out_of_space(self) -> str | None:
        """Why the stack cannot go on, None when there is space."""
        free = self.free_bytes()
        if free >= LEAST_BYTES:
            return None
        return f"the disk of {self.root} is full ({free // MEBIBYTE} MiB are free); free some and start again"
