"""An app served over HTTP, as browsers ask it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette

from dashboards.server import uvicorn_config
from tests.dashboards.browser.chromium import DEADLINE


@contextlib.asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Its address, while this lasts."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(DEADLINE):
            while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
