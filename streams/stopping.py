"""Letting go of a Kafka client that may not be able to say goodbye, and of tasks that wait by one."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

STOP_SECONDS: Final = 3.0
AGAIN_SECONDS: Final = 2 * STOP_SECONDS + 1
"""Longer than a task takes to let go of its client."""


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


async def ended(*tasks: asyncio.Future[Any]) -> None:
    """Cancels them, and again until they have ended.

    Once is not enough: up to Python 3.11 ``asyncio.wait_for``, by which Kafka's client waits, forgets a cancellation
    that comes in the same moment as what it waited for, and a task that goes round for ever then does so.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)  # else asyncio complains that nobody looked at them
