"""What has been decided is written to Kafka here, one thing after the other, while the next is being worked out.

The order of what is put in is the order of the changelog, so it is that of the store. An item is done when the broker
has acknowledged all of it; the first that fails ends the worker, and nothing after it is acknowledged.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

logger = logging.getLogger(__name__)

Item = Callable[[], Awaitable[None]]

ITEMS: Final = 2
"""Items that wait their turn: one being sent, one ready, one being worked out keeps everybody busy."""


class Outbox:
    """``failed`` is called with the first error, and no item is begun after that."""

    def __init__(self, failed: Callable[[BaseException], Awaitable[None]]) -> None:
        self._failed = failed
        self._items: asyncio.Queue[Item] = asyncio.Queue(ITEMS)
        self._room = asyncio.Condition()
        self._idle = asyncio.Event()
        self._idle.set()
        self.busy_since: float | None = None

    async def room(self) -> None:
        """Wait until an item can be put in without waiting."""
        while self._items.full():
            async with self._room:
                await self._room.wait()

    def put(self, item: Item) -> None:
        """Raises ``asyncio.QueueFull`` where ``room`` was not awaited."""
        self._items.put_nowait(item)
        self._idle.clear()

    async def drain(self) -> None:
        """Wait until everything that was put in is done."""
        await self._idle.wait()

    async def run(self) -> None:
        """Do what is put in, until cancelled or an item fails."""
        while True:
            item = await self._items.get()
            async with self._room:
                self._room.notify_all()
            self.busy_since = monotonic()
            try:
                await item()
            except Exception as error:
                logger.exception("The tracking worker ends, since a batch could not be completed")
                await self._failed(error)
                return
            self.busy_since = None
            if self._items.empty():
                self._idle.set()
