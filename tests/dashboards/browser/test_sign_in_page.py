"""Signing in and out in a real browser: it keeps our cookies, sends our forms, and nothing breaks the policy."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.passwords import hashed
from dashboards.people import Role, User
from dashboards.reader import Reader
from dashboards.server import uvicorn_config

PASSWORD = "a long password"
FILLED_IN = """(password => {{
  document.getElementById("name").value = "ana";
  document.getElementById("password").value = password;
  document.querySelector("form.sign-in button").click();
}})("{password}")"""


def unopened():
    raise OSError("there is no ClickHouse in these tests")


@pytest.fixture
async def door() -> AsyncIterator[str]:
    """The address of an app that somebody may sign in to."""
    users = (User(name="ana", role=Role.AUDITOR, password_hash=hashed(PASSWORD)),)
    reader = Reader(unopened, concurrency=1, timeout_seconds=1)
    app = create_app(DashboardsConfig(users=users, page_wait_seconds=0.1), reader)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn_config(app, host="127.0.0.1", port=0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def test_a_browser_is_let_in_and_out_again(tab, door, photographs) -> None:
    await tab.call("Page.navigate", url=f"{door}/?window=all")
    await tab.until("location.pathname === '/sign-in' && document.querySelector('form.sign-in')")
    await tab.sized(400)
    assert await tab.run("document.documentElement.scrollWidth <= innerWidth")
    await tab.photograph(photographs / "sign-in-400.png")
    await tab.run(FILLED_IN.format(password=PASSWORD))
    await tab.until("location.pathname + location.search === '/?window=all'")
    await tab.until("document.querySelector('.visitor')?.textContent.includes('ana, auditor')")
    assert await tab.run("document.cookie") == ""
    await tab.run("document.querySelector('.visitor button').click()")
    await tab.until("location.pathname === '/sign-in' && document.querySelector('form.sign-in')")
    await tab.call("Page.navigate", url=f"{door}/attempts/a/b")
    await tab.until("location.search === '?next=%2Fattempts%2Fa%2Fb'")
