"""A browser for the session, and for each test a tab of it and the app over a real projection, served over HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from dashboards.server import uvicorn_config
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from tests.dashboards.browser.chromium import DEADLINE, Tab, find, running, tab_of

PHOTOGRAPHS = Path(__file__).parents[3] / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        executable = find()
    except LookupError as missing:
        pytest.fail(str(missing), pytrace=False)
    with running(executable, tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def tab(browser: str) -> AsyncIterator[Tab]:
    """Fails in the end what left a problem in the console, a broken content security policy among them."""
    async with tab_of(browser) as tab:
        await tab.sized(1280)
        yield tab
        assert tab.problems == []


@pytest.fixture
def photographs() -> Path:
    """Where screenshots are kept, to be looked at."""
    return PHOTOGRAPHS


@pytest.fixture
async def site(clickhouse_config: ClickHouseConfig) -> AsyncIterator[str]:
    """The address of the app over the projection's database."""
    bounded = replace(clickhouse_config, read_seconds=10)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=10)
    app = create_app(DashboardsConfig(open_to_this_machine=True), reader)
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
