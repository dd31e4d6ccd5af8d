"""What has been decided is written to Kafka here, while the next is being worked out.

The order of what is put in is the order of the changelog, so it is that of the store. What waits for the same work is
done together: a request costs the broker and us much the same for one batch as for many, so the busier the worker is,
the fewer there are for each batch. Work is done when the broker has acknowledged all of it; the first that fails ends
the worker, and nothing after it is acknowledged.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, Final, NamedTuple

logger = logging.getLogger(__name__)

Work = Callable[[Sequence[Any]], Awaitable[None]]
"""Does what it is given, in that order, and returns when all of it is in Kafka."""

RECORDS: Final = 4096
"""No more is put in while so many wait: enough to be busy with what is sent, what is ready and what is worked out."""


class _Item(NamedTuple):
    work: Work
    part: Any
    records: int


class Outbox:
    """``failed`` is called with the first error, and nothing is begun after that."""

    def __init__(self, failed: Callable[[BaseException], Awaitable[None]]) -> None:
        self._failed = failed
        self._items: deque[_Item] = deque()
        self._records = 0
        self._filled = asyncio.Event()
        self._taken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.busy_since: float | None = None

    async def room(self) -> None:
        """Wait until something can be put in without waiting."""
        while self._records >= RECORDS:
            self._taken.clear()
            await self._taken.wait()

    def put(self, work: Work, part: Any, records: int) -> None:
        """Have ``part``, which weighs so many records, done by ``work``, perhaps along with others of its kind.

        Raises ``asyncio.QueueFull`` where ``room`` was not awaited.
        """
        if self._records >= RECORDS:
            raise asyncio.QueueFull
        self._items.append(_Item(work, part, records))
        self._records += records
        self._filled.set()
        self._idle.clear()

    async def drain(self) -> None:
        """Wait until everything that was put in is done."""
        await self._idle.wait()

    async def run(self) -> None:
        """Do what is put in, until cancelled or something fails."""
        while True:
            await self._filled.wait()
            work, parts = self._take()
            self.busy_since = monotonic()
            try:
                await work(parts)
            except Exception as error:
                logger.exception("The worker ends, since a batch could not be completed")
                await self._failed(error)
                return
            self.busy_since = None
            if not self._items:
                self._idle.set()

    def _take(self) -> tuple[Work, Sequence[Any]]:
        """The first item, and those behind it that are for the same work."""
        work = self._items[0].work
        parts = []
        while self._items and self._items[0].work == work:
            item = self._items.popleft()
            parts.append(item.part)
            self._records -= item.records
        if not self._items:
            self._filled.clear()
        self._taken.set()
        return work, parts
