import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import uvicorn

from acuse.simulator.app import create_app
from acuse.simulator.clock import system_clock
from acuse.simulator.server import server_config
from acuse.simulator.world import World
from acuse.simulator.world_file import read_world


@dataclass
class Received:
    """One callback as it came."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A local server that providers post to; answers with `statuses` first, then 204."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append(Received(scope["method"], scope["query_string"].decode(), headers, b"".join(parts)))
        status = self.statuses.pop(0) if self.statuses else 204
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def wait_for(self, count: int, seconds: float = 10.0) -> list[Received]:
        await until(lambda: len(self.received) >= count, seconds)
        return self.received


@dataclass
class Simulation:
    """The simulators behind a real port."""

    world: World
    url: str
    http: httpx2.AsyncClient

    async def state(self) -> Any:
        return (await self.http.get("/_simulator/state")).json()

    async def messages(self, **wanted: str) -> Any:
        return (await self.http.get("/_simulator/messages", params=wanted)).json()["messages"]

    async def change(self, change: dict[str, Any]) -> httpx2.Response:
        return await self.http.post("/_simulator/world", json=change)


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    """Waits for a condition; fails after the deadline."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - nobody else would set an event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[method-assign] # it is a part of a test
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await until(lambda: server.started or task.done())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()


Simulate = Callable[..., Awaitable[Simulation]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with serving(uvicorn.Config(receiver, lifespan="off", log_config=None)) as url:
        receiver.url = f"{url}/webhooks"
        yield receiver


@pytest.fixture
async def simulate() -> AsyncIterator[Simulate]:
    """Starts the simulators with a world document; ended with the test."""
    async with AsyncExitStack() as stack:

        async def start(document: dict[str, Any] | None = None, *, seed: int = 1, run: int | None = None) -> Simulation:
            world = World(read_world(document or {}), system_clock, seed=seed, run=run)
            url = await stack.enter_async_context(serving(server_config(create_app(world), host="", port=0)))
            http = await stack.enter_async_context(httpx2.AsyncClient(base_url=url, timeout=10, trust_env=False))
            return Simulation(world, url, http)

        yield start
