"""Signing in and out in a real browser: it keeps our cookies, sends our forms, and nothing breaks the policy."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from dashboards.access.oidc.config import CALLBACK, OidcConfig
from dashboards.access.passwords import hashed
from dashboards.access.people import Role, User
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from dashboards.server import uvicorn_config
from tests.dashboards.access import openid_provider
from tests.dashboards.browser.axe import violations
from tests.dashboards.browser.chromium import Tab

PASSWORD = "a long password"
WRONG = "El nombre o la contraseña no son correctos."
FILLED_IN = """(password => {{
  document.getElementById("name").value = "ana";
  document.getElementById("password").value = password;
  document.querySelector("form.sign-in button").click();
}})("{password}")"""


ANA = User(name="ana", role=Role.AUDITOR, password_hash=hashed(PASSWORD))


def unopened():
    raise OSError("there is no ClickHouse in these tests")


@asynccontextmanager
async def serving(listening: socket.socket, **config: Any) -> AsyncIterator[None]:
    """An app that somebody may sign in to."""
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    app = create_app(DashboardsConfig(**config), reader)
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


@pytest.fixture
def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


@pytest.fixture
def address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
async def door(listening: socket.socket, address: str) -> AsyncIterator[str]:
    """With a password."""
    async with serving(listening, users=(ANA,)):
        yield address


@pytest.fixture
async def other_door(listening: socket.socket, address: str) -> AsyncIterator[str]:
    """By an OpenID provider."""
    async with openid_provider.running(address + CALLBACK) as provider:
        oidc = OidcConfig(
            issuer=provider.issuer,
            client_id=openid_provider.CLIENT_ID,
            client_secret=openid_provider.CLIENT_SECRET,
            url=address,
            title="Acme",
            roles={"staff": Role.ANALYST},
        )
        async with serving(listening, oidc=oidc, users=(ANA,)):
            yield address


async def nothing_could_be_read(tab: Tab) -> None:
    """The overview says so, and the browser notes it."""
    await tab.until("document.getElementById('notice')?.dataset.state === 'problem'")
    await tab.until("!document.getElementById('amiss').hidden")
    assert all("503" in problem for problem in tab.problems)
    tab.problems.clear()


async def test_a_browser_is_let_in_and_out_again(tab, door, photographs) -> None:
    await tab.call("Page.navigate", url=f"{door}/?group=channel")
    await tab.until("location.pathname === '/sign-in' && document.querySelector('form.sign-in')")
    await tab.sized(400)
    assert await tab.run("document.documentElement.scrollWidth <= innerWidth")
    await tab.photograph(photographs / "sign-in-400.png")
    await tab.run(FILLED_IN.format(password=PASSWORD))
    await tab.until("location.pathname + location.search === '/reports/overview?group=channel'")
    await tab.until("document.querySelector('.visitor')?.textContent.includes('ana, auditor')")
    await nothing_could_be_read(tab)
    assert await tab.run("document.cookie") == ""
    await tab.run("document.querySelector('.visitor button').click()")
    await tab.until("location.pathname === '/sign-in' && document.querySelector('form.sign-in')")
    await tab.call("Page.navigate", url=f"{door}/attempts/a/b")
    await tab.until("location.search === '?next=%2Fattempts%2Fa%2Fb'")


async def test_a_browser_is_let_in_by_way_of_an_openid_provider(tab, other_door, photographs) -> None:
    await tab.sized(400)
    await tab.call("Page.navigate", url=f"{other_door}/?lang=es&theme=dark")
    await tab.until("document.querySelector('.elsewhere a')?.textContent === 'Entrar con Acme'")
    assert await tab.run("document.documentElement.lang") == "es"
    assert await tab.run("document.documentElement.scrollWidth <= innerWidth")
    await tab.photograph(photographs / "sign-in-elsewhere-400.png")
    await tab.run(FILLED_IN.format(password="a wrong password"))
    await tab.until(f"document.querySelector('.problem')?.textContent === '{WRONG}'")
    assert all("401" in problem for problem in tab.problems)
    tab.problems.clear()
    assert await violations(tab) == []
    await tab.run("document.querySelector('.elsewhere a').click()")
    await tab.until("location.pathname + location.search === '/reports/overview?lang=es&theme=dark'")
    await tab.until("document.querySelector('.visitor')?.textContent.includes('ana@example.com')")
    await nothing_could_be_read(tab)
    assert await tab.run("document.cookie") == ""
