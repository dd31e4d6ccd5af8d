"""The app as it is run: uvicorn, sockets, the five providers, and not a word of anybody in the log."""

import asyncio
import base64
import contextlib
import json
import logging
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import uvicorn

from delivery.events import decode
from delivery.topics import EVENTS
from ingest.accounts import Account
from ingest.app import create_app
from ingest.providers import PROVIDERS
from ingest.server import uvicorn_config
from ingest.topic_reader import TopicReader

FIXTURES = Path(__file__).parents[1] / "fixtures"
BASIC = base64.b64encode(b"theirs:s3cret").decode()


@pytest.fixture
async def address(broker, config) -> AsyncIterator[tuple[str, int]]:
    """Where the real app listens, with all providers."""
    accounts = {name: Account(name, callback_username="theirs", callback_password="s3cret") for name in PROVIDERS}
    patient = replace(config, produce_timeout_seconds=60)
    settings = replace(patient, bootstrap_servers=broker.bootstrap_servers, accounts=accounts, body_timeout_seconds=3)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn_config(create_app(settings), host="127.0.0.1", port=port))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with httpx2.AsyncClient(timeout=60) as client:
                deadline = time.monotonic() + 120
                while True:
                    with contextlib.suppress(httpx2.TransportError):
                        if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                            break
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.05)
            yield "127.0.0.1", port
        finally:
            server.should_exit = True
            await asyncio.wait_for(serving, 60)


async def _exchange(address: tuple[str, int], *parts: bytes) -> bytes:
    """What a client gets that writes exactly these bytes and then waits."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _head(length: str) -> bytes:
    return f"POST /webhooks/mensatek HTTP/1.1\r\nhost: i\r\nauthorization: Basic {BASIC}\r\n{length}\r\n\r\n".encode()


async def test_a_mensatek_report_over_http_is_in_kafka(address, broker, unique, caplog):
    number = int(unique[1:], 16)
    report = json.loads(json.loads((FIXTURES / "mensatek" / "reports.requests.json").read_text())[0]["body"])
    report["idMensaje"] = str(number)
    with caplog.at_level(logging.DEBUG):
        async with httpx2.AsyncClient(base_url="http://{}:{}".format(*address), timeout=60) as client:
            for _ in range(2):
                answer = await client.post("/webhooks/mensatek?secret=s3cret", json=report, auth=("theirs", "s3cret"))
                assert answer.status_code == 204, answer.text
            assert "server" not in answer.headers
            no = await client.post("/webhooks/enviosms", json={}, auth=("theirs", "s3cret"))
            assert no.status_code == 404
            document = (await client.get("/openapi.json")).json()
    async with TopicReader(broker.bootstrap_servers) as reader:
        found = [record async for batch in reader.read(await reader.span(EVENTS)) for record in batch]
    mine = [decode(record.value) for record in found if f"/{number}:".encode() in record.key]
    assert len(mine) == 2
    assert len({event.event_id for event in mine}) == 1
    assert {f"/webhooks/{name}" for name in PROVIDERS} <= set(document["paths"])
    ours = [record for record in caplog.records if not record.name.startswith(("httpx2", "httpcore2"))]
    assert not any("s3cret" in record.getMessage() or "destino@" in record.getMessage() for record in ours)


async def test_a_body_over_the_limit_is_refused_before_it_is_sent(address):
    answer = await _exchange(address, _head("content-length: 20000"))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


async def test_a_chunked_body_over_the_limit_is_refused_while_it_comes(address):
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = await _exchange(address, _head("transfer-encoding: chunked"), chunk, chunk, chunk)
    assert answer.startswith(b"HTTP/1.1 413")


async def test_a_body_that_does_not_come_is_not_waited_for(address):
    answer = await _exchange(address, _head("content-length: 10"), b"{")
    assert answer.startswith(b"HTTP/1.1 408")
