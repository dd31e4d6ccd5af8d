"""Ending tasks for certain."""

import asyncio
from typing import Any, Final

AGAIN_SECONDS: Final = 3.0
"""Longer than they take to put things away."""


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels them, and again until they have ended.

    Once is not enough: up to Python 3.11 ``asyncio.wait_for``, by which Kafka's client waits, forgets a cancellation
    that comes in the same moment as what it waited for, and a task that goes round for ever then does so.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
