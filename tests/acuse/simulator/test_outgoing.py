"""Callbacks over the plain way and the other, on both kinds of loop."""

import asyncio
import base64
from typing import Any

import pytest
import uvloop

from acuse.simulator.outgoing import Outgoing


async def asked(url: str, *, method: str = "POST", answers: bool = True) -> tuple[int | None, list[bytes]]:
    """The status of one request to a local server, whose port replaces PORT, and all that the server saw."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if answers:
            writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        outgoing = Outgoing(connections=2, timeout_seconds=60)
        port = server.sockets[0].getsockname()[1]
        try:
            status = await outgoing.ask(method, url.replace("PORT", str(port)), {"x-sent": "yes"}, b"")
        finally:
            await outgoing.close()
    return status, seen


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("path", ["/webhooks/x?a=1&b=%20", "", "/ñ"])
def test_posts(factory: Any, path: str) -> None:
    with asyncio.Runner(loop_factory=factory) as runner:
        status, [head] = runner.run(asked(f"http://127.0.0.1:PORT{path}"))
    assert status == 204
    assert b"x-sent: yes" in head
    assert head.startswith(f"POST {'/%C3%B1' if path == '/ñ' else path or '/'} HTTP/1.1".encode())


async def test_credentials_in_the_address() -> None:
    status, [head] = await asked("http://us%40er:pass@127.0.0.1:PORT/x", method="GET")
    assert status == 204
    assert b"authorization: Basic " + base64.b64encode(b"us@er:pass") in head
    assert head.startswith(b"GET /x HTTP/1.1")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:PORT/", "http://127.0.0.1:1/", "https://127.0.0.1:1/", "gopher:x", "http://[", ""]
)
async def test_nobody_answers(url: str) -> None:
    status, _ = await asked(url, answers=False)
    assert status is None
