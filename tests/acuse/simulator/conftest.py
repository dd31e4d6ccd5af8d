import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import uvicorn
from uvicorn.server import ServerState

from acuse.simulator.app import create_app
from acuse.simulator.clock import system_clock
from acuse.simulator.server import server_config
from acuse.simulator.world import World
from acuse.simulator.world_file import read_world
from ingest.webhook import WebhookRequest


@dataclass
class Received:
    """One callback as it came."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes

    def webhook(self) -> WebhookRequest:
        """As ingest is given it."""
        return WebhookRequest(
            method=self.method,
            path="/webhooks/any",
            query=self.query,
            headers=self.headers,
            content_type=self.headers.get("content-type", ""),
            body=self.body,
            received_at=datetime.now(UTC),
        )


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

    async def wait_for(self, count: int, seconds: float = 60.0) -> list[Received]:
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


async def until(holds: Callable[[], Any], seconds: float = 60.0) -> None:
    """Waits for a condition; fails after the deadline."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - nobody else would set an event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[str]:
    """On a port of its own. Without `uvicorn.Server`, whose start and end take a tenth of a second each."""
    config.load()
    lifespan = config.lifespan_class(config)
    await lifespan.startup()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state=lifespan.state),  # type: ignore[call-arg] # as uvicorn itself does
        "127.0.0.1",
        0,
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await until(lambda: _ended(state))
        await lifespan.shutdown()


def _ended(state: ServerState) -> bool:
    """Whether no connection is left; those that came while it was closed would be kept alive for seconds."""
    for connection in list(state.connections):
        connection.transport.abort()
    return not state.connections


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
            http = await stack.enter_async_context(
                httpx2.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False)
            )
            return Simulation(world, url, http)

        yield start
