"""Work that SIGINT and SIGTERM end in order."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """Waits for ``work``; the first SIGINT or SIGTERM cancels it, and it may take its time to clean up.

    Later ones are ignored: they would break off the cleaning up. Raises what ``work`` raises of its own.
    """
    working = asyncio.ensure_future(work)
    asked = False

    def stop() -> None:
        nonlocal asked
        if not asked:
            asked = True
            working.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await working
    except asyncio.CancelledError:
        if not asked:
            raise
