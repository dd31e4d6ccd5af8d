"""The lean client and what asks ingest through it, against a server that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from acuse.demo.edge import Edge
from acuse.demo.http_client import HttpClient, NoAnswer, request, request_head
from acuse.errors import Refusal
from acuse.local.credentials import Credentials, Webhook

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BUSY = b"HTTP/1.1 503 Unavailable\r\nretry-after: 0\r\ncontent-length: 2\r\n\r\n{}"
Respond = Callable[[bytes], bytes]


class Server:
    """Answers each request with what ``respond`` says; b"" closes the connection."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.requests: list[bytes] = []
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                await asyncio.sleep(0)
                self.at_once -= 1
                answer = self.respond(self.requests[-1])
                if not answer:
                    return
                writer.write(answer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(respond: Respond, connections: int = 4) -> AsyncIterator[tuple[Server, HttpClient]]:
    server = Server(respond)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    client = HttpClient(
        "127.0.0.1", listening.sockets[0].getsockname()[1], connections=connections, timeout_seconds=0.5
    )
    try:
        yield server, client
    finally:
        client.close()
        listening.close()
        await asyncio.sleep(0)


def get(client: HttpClient) -> bytes:
    return request(request_head("GET", "/x", client.host, {"accept": "*/*"}))


def edge(client: HttpClient) -> Edge:
    return Edge(client, Credentials("token", {"mensatek": Webhook("user", "secret")}))


async def test_a_connection_is_kept() -> None:
    async with served(lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nretry-after: 3\r\n\r\nhi") as (
        server,
        client,
    ):
        answers = [await client.ask(get(client)) for _ in range(5)]
    assert [(answer.status, answer.body, answer.retry_after) for answer in answers] == [(200, b"hi", 3.0)] * 5
    assert server.connections == 1


async def test_no_more_connections_than_allowed() -> None:
    async with served(lambda _: OK, connections=3) as (server, client):
        await asyncio.gather(*(client.ask(get(client)) for _ in range(50)))
    assert server.connections <= 3
    assert server.most_at_once <= 3


async def test_a_connection_that_the_server_closed_in_the_meantime_is_not_used() -> None:
    async with served(lambda _: b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n") as (server, client):
        for _ in range(3):
            assert (await client.ask(get(client))).status == 204
    assert server.connections == 3


async def test_a_closed_connection_is_no_answer() -> None:
    async with served(lambda _: b"") as (_, client):
        with pytest.raises(NoAnswer, match="closed"):
            await client.ask(get(client))


async def test_silence_is_no_answer() -> None:
    async with served(lambda _: b"HTTP/1.1 200 OK\r\n") as (_, client):
        with pytest.raises(NoAnswer, match=r"no answer within 0\.5 s"):
            await client.ask(get(client))


async def test_nobody_there_is_no_answer() -> None:
    async with served(lambda _: OK) as (_, client):
        pass
    with pytest.raises(NoAnswer, match="cannot connect"):
        await client.ask(get(client))


async def test_requests_go_where_they_should_with_their_proof() -> None:
    async with served(lambda _: OK) as (server, client):
        asking = edge(client)
        await asking.call_back("mensatek", b"{}", status=204)
        await asking.ask("/v1/messages", b"[]", status=204, key="order-7")
    webhook, send = server.requests
    assert webhook.startswith(b"POST /webhooks/mensatek HTTP/1.1\r\n")
    assert b"authorization: Basic dXNlcjpzZWNyZXQ=\r\n" in webhook
    assert send.startswith(b"POST /v1/messages HTTP/1.1\r\n")
    assert b"authorization: Bearer token\r\n" in send
    assert b"idempotency-key: order-7\r\n" in send
    assert asking.tries_again == 0


async def test_what_is_refused_for_now_is_asked_again() -> None:
    answers = iter([BUSY, BUSY, b"", OK])
    async with served(lambda _: next(answers)) as (server, client):
        asking = edge(client)
        await asking.ask("/v1/sends", b"[]", status=204)
    assert len(server.requests) == 4
    assert asking.tries_again == 3


async def test_an_answer_that_should_not_be_ends_it_with_field_and_reason() -> None:
    refusal = b'HTTP/1.1 422 Unprocessable\r\ncontent-length: 37\r\n\r\n{"error":"give another","field":"to"}'
    async with served(lambda _: refusal) as (_, client):
        with pytest.raises(Refusal, match="/v1/messages was to answer 202 and answered 422: to: give another"):
            await edge(client).ask("/v1/messages", b"[]", status=202)


async def test_trying_again_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acuse.demo.edge.MOST_TRIES", 3)
    async with served(lambda _: BUSY) as (server, client):
        with pytest.raises(Refusal, match="in 3 tries; at last it answers 503"):
            await edge(client).ask("/v1/messages", b"[]", status=202)
    assert len(server.requests) == 3
