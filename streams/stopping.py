"""Letting go of a Kafka client that may not be able to say goodbye."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

STOP_SECONDS: Final = 3.0


async def let_go(stop: Coroutine[Any, Any, None]) -> None:
    """Wait for a client's ``stop``, for so long at most, whatever comes of it.

    Where the broker is away a producer waits for what will not be acknowledged, and a consumer's ``stop`` is cancelled
    by a fetch of its own: that must not pass for our being cancelled.
    """
    stopping = asyncio.ensure_future(stop)
    try:
        await asyncio.wait([stopping], timeout=STOP_SECONDS)
    finally:
        if stopping.cancel():
            await asyncio.wait([stopping], timeout=STOP_SECONDS)
        if stopping.done() and not stopping.cancelled():
            stopping.exception()  # else asyncio complains that nobody looked at it
