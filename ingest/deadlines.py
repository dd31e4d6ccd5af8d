"""Time limits of one length for many tasks, kept by one timer: a timer each costs a request more than its JSON does."""

import asyncio
from time import monotonic
from types import TracebackType
from typing import Any


class Deadlines:
    """``with deadlines.limit():`` raises ``TimeoutError`` in the task that stays in it for more than ``seconds``.

    Otherwise it is as ``asyncio.timeout``. It belongs to the loop in which it is first used.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._limits: dict[_Limit, None] = {}  # all of one length, so the first to begin is the first to end
        self._timer: asyncio.TimerHandle | None = None

    def limit(self) -> "_Limit":
        return _Limit(self)

    def begin(self, limit: "_Limit") -> None:
        self._limits[limit] = None
        if self._timer is None:
            self._set_timer(self.seconds)

    def end(self, limit: "_Limit") -> None:
        self._limits.pop(limit, None)

    def _set_timer(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now = monotonic()
        while self._limits:
            limit = next(iter(self._limits))
            if limit.ends > now:
                self._set_timer(limit.ends - now)
                return
            del self._limits[limit]
            limit.expire()


class _Limit:
    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "ends")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit is for a task")
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        self.ends = monotonic() + self._deadlines.seconds
        self._deadlines.begin(self)

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._deadlines.end(self)
        # Cancelled by somebody else too, it stays cancelled.
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
