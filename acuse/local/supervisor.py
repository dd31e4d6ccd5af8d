"""Keeps a group of processes running: starts them in order, restarts who dies, gives up in time, stops in order."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from acuse.local.child import Child, ChildSpec
from acuse.local.errors import StackError
from acuse.local.log_files import last_lines, rotate_when_large
from acuse.local.processes import ProcessRecord, end

HOPELESS_EXIT: Final = 78
"""EX_CONFIG: a child that ends with it says that another start would end the same way."""
POLL_SECONDS: Final = 0.2
STALE_SECONDS: Final = 6.0


@dataclass(frozen=True)
class RestartPolicy:
    """The pause doubles with each death in ``window_seconds``; with more than ``deaths`` of them the group gives up."""

    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 8.0
    deaths: int = 5
    window_seconds: float = 120.0

    def pause(self, deaths: int) -> float:
        return min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** (deaths - 1))


@dataclass
class _Kept:
    spec: ChildSpec
    child: Child | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: str = "not started"
    deaths: deque[float] = field(default_factory=deque)


class Supervisor:
    """``specs`` are in the order of starting; ``stop_order`` names them all, in groups that are stopped together.

    ``records`` is the file that the running children's identities are kept in, so that the next supervisor finds
    those of one that was killed. ``tell`` is told, in a sentence, what happened; ``hopeless`` may say why going on
    makes no sense (a full disk).
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        stop_order: Sequence[Sequence[str]],
        records: Path,
        tell: Callable[[str, str], None],
        hopeless: Callable[[], str | None] = lambda: None,
        policy: RestartPolicy | None = None,
    ) -> None:
        self._kept = {spec.name: _Kept(spec) for spec in specs}
        self._stop_order = stop_order
        self._records = records
        self._tell = tell
        self._hopeless = hopeless
        self._policy = policy or RestartPolicy()
        self._tasks: list[asyncio.Task[None]] = []
        self._failed = asyncio.Event()
        self._error: BaseException | None = None

    def start(self, *names: str) -> None:
        """Begin to keep these running, each as soon as what it needs is ready."""
        for name in names:
            task = asyncio.create_task(self._keep(self._kept[name]), name=f"keep {name}")
            task.add_done_callback(self._note_failure)
            self._tasks.append(task)
        if len(self._tasks) == len(names):
            self._tasks.append(asyncio.create_task(self._rotate(), name="rotate logs"))

    def waiting_for(self) -> dict[str, str]:
        """Who is not ready, and why."""
        return {name: kept.trouble for name, kept in self._kept.items() if not kept.ready.is_set()}

    async def until_ready(self, *names: str) -> None:
        """Raises ``StackError`` when the group gives up first."""
        failed = asyncio.create_task(self._failed.wait())
        try:
            for name in names:
                ready = asyncio.create_task(self._kept[name].ready.wait())
                await asyncio.wait([ready, failed], return_when=asyncio.FIRST_COMPLETED)
                ready.cancel()
                if self._error is not None:
                    raise self._error
        finally:
            failed.cancel()

    async def until_failed(self) -> NoReturn:
        """Raises ``StackError`` when the group gives up, and does nothing until then."""
        await self._failed.wait()
        raise self._error or StackError("the supervisor has stopped")

    async def stop(self) -> None:
        """Stops everybody in order; afterwards none of them runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for group in self._stop_order:
            children = [kept.child for name in group if (kept := self._kept[name]).child is not None]
            await asyncio.gather(*(child.stop() for child in children if child is not None))
            for name in group:
                self._kept[name].child = None
        self._records.unlink(missing_ok=True)

    async def _keep(self, kept: _Kept) -> None:
        try:
            await self._run_again_and_again(kept)
        except OSError as error:
            raise StackError(self._hopeless() or f"{kept.spec.name} cannot be started: {error}") from error

    async def _run_again_and_again(self, kept: _Kept) -> NoReturn:
        while True:
            kept.trouble = "waits for " + ", ".join(kept.spec.needs)
            for name in kept.spec.needs:
                await self._kept[name].ready.wait()
            kept.trouble = "starting"
            kept.child = await Child.start(kept.spec)
            self._write_records()
            exit_code = await self._watch(kept, kept.child)
            kept.ready.clear()
            kept.child = None
            self._write_records()
            await self._after_death(kept, exit_code)

    async def _watch(self, kept: _Kept, child: Child) -> int:
        """Until it ends; marks it ready meanwhile. Returns its exit code."""
        ended = asyncio.create_task(child.ended())
        deadline = time.monotonic() + kept.spec.ready_seconds
        try:
            while not ended.done():
                trouble = await kept.spec.trouble()
                if trouble is None:
                    kept.ready.set()
                    return await ended
                kept.trouble = trouble
                if time.monotonic() > deadline:
                    raise StackError(
                        f"{kept.spec.name} is not ready after {kept.spec.ready_seconds:.0f} s: {trouble}; "
                        f"see {kept.spec.log}",
                        last_lines(kept.spec.log),
                    )
                await asyncio.wait([ended], timeout=POLL_SECONDS)
            return ended.result()
        finally:
            ended.cancel()

    async def _after_death(self, kept: _Kept, exit_code: int) -> None:
        """Pauses before the next start, or raises ``StackError`` when there shall be none."""
        name, log = kept.spec.name, kept.spec.log
        how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"ended with {exit_code}"
        if reason := self._hopeless():
            raise StackError(reason, last_lines(log))
        if exit_code == HOPELESS_EXIT:
            raise StackError(f"{name} cannot run; see {log}", last_lines(log))
        now = time.monotonic()
        for other in self._kept.values():
            if name in other.spec.needs:
                other.deaths.clear()  # what it dies of now is not its own doing
        kept.deaths.append(now)
        while kept.deaths[0] < now - self._policy.window_seconds:
            kept.deaths.popleft()
        if len(kept.deaths) > self._policy.deaths:
            raise StackError(
                f"{name} {how}, its death number {len(kept.deaths)} in {self._policy.window_seconds:.0f} s; see {log}",
                last_lines(log),
            )
        pause = self._policy.pause(len(kept.deaths))
        self._tell(f"{name} {how}; it is started again in {pause:.1f} s", last_lines(log))
        kept.trouble = f"{how}; starts again"
        await asyncio.sleep(pause)

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(5)
            for kept in self._kept.values():
                rotate_when_large(kept.spec.log)

    def _note_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and self._error is None and (error := task.exception()):
            self._error = error
            self._failed.set()

    def _write_records(self) -> None:
        running = [kept.child.record for kept in self._kept.values() if kept.child is not None]
        partial = self._records.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(running))
        partial.replace(self._records)


def read_records(records: Path) -> list[ProcessRecord]:
    """Who ran when it was last written; nobody if it is not there, or was never whole."""
    try:
        return msgspec.json.decode(records.read_bytes(), type=list[ProcessRecord])
    except (FileNotFoundError, msgspec.MsgspecError):
        return []


def end_stale(records: Path) -> list[ProcessRecord]:
    """Ends children that a killed supervisor left behind. Returns those it found."""
    return end(read_records(records), STALE_SECONDS)
