"""Serves over HTTP until it is told to stop, beside whatever else the process does."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop

from acuse.listening import listen


class _Server(uvicorn.Server):
    """Leaves signals to the process that it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(config: uvicorn.Config, stop: asyncio.Event) -> None:
    """Until ``stop`` is set; requests under way are answered first. Raises ``ListenError``."""
    with listen(config.host, config.port) as listening:
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            await serving
        finally:
            stopping.cancel()


async def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, for the loop that runs."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def run_until_stopped(role: Coroutine[Any, Any, None]) -> None:
    """The role's loop, on uvloop; blocks until the role ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(role)
