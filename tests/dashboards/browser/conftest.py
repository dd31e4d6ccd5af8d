"""A browser for the session, and for each test a tab of it and the app over a real projection, served over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dashboards.access.people import Role
from dashboards.access.scripts import Script, digest_of
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from tests.dashboards.browser.chromium import Tab, find, running, tab_of
from tests.dashboards.browser.serving import served

VIEWER_TOKEN = "a-viewer's"
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
def as_viewer(tab: Tab) -> Callable[[], Awaitable[None]]:
    """From then on whoever looks at the site has the role of a viewer."""

    async def changed() -> None:
        await tab.call("Network.enable")
        await tab.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Bearer {VIEWER_TOKEN}"})

    return changed


@pytest.fixture
def photographs() -> Path:
    """Where screenshots are kept, to be looked at."""
    return PHOTOGRAPHS


@pytest.fixture
async def site(clickhouse_config: ClickHouseConfig) -> AsyncIterator[str]:
    """The address of the app over the projection's database."""
    bounded = replace(clickhouse_config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    viewer = Script(name="a-viewer", role=Role.VIEWER, token_sha256=digest_of(VIEWER_TOKEN))
    app = create_app(DashboardsConfig(open_to_this_machine=True, scripts=(viewer,)), reader)
    async with served(app) as address:
        yield address
