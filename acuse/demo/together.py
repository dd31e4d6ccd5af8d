"""Several workers at once, and one exception where a task group would raise a group of them."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Runs them all at once. The first exception cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as workers:
            for work in works:
                workers.create_task(work)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
