"""One supervised process: how it is run, and how it is started and stopped."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from acuse.local.leash import leashed
from acuse.local.processes import ProcessRecord, start_mark

Trouble: TypeAlias = Callable[[], Awaitable[str | None]]
"""Says why it is not ready, None when it is."""


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """``command`` begins with a path. ``needs`` are names of those that must be ready before this one is started.

    It is told to stop by SIGTERM, and killed ``stop_seconds`` later.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    trouble: Trouble
    needs: tuple[str, ...] = ()
    stop_seconds: float = 4.0
    ready_seconds: float = 300.0


class Child:
    """A running process, to be started in the main thread: on Linux it ends with the thread that started it."""

    def __init__(self, spec: ChildSpec, process: asyncio.subprocess.Process) -> None:
        self.spec = spec
        self._process = process
        self.record = ProcessRecord(spec.name, process.pid, start_mark(process.pid) or "")

    @classmethod
    async def start(cls, spec: ChildSpec) -> "Child":
        """Its standard input stays open for as long as we live; it may watch that to learn that we don't."""
        descriptor = os.open(spec.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *leashed(spec.command),
                stdin=asyncio.subprocess.PIPE,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(spec.environment),
                start_new_session=True,  # Ctrl-C in a terminal is for the supervisor, who then stops them in order
            )
        finally:
            os.close(descriptor)
        return cls(spec, process)

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    async def ended(self) -> int:
        return await self._process.wait()

    async def stop(self) -> None:
        """In order while its time lasts, by force then."""
        if self.exit_code is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(self.spec.stop_seconds):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
