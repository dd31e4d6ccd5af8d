import asyncio
import json
import logging
from collections.abc import AsyncIterator

import httpx2
import pytest

from delivery.stages import Stage
from ingest.app import create_app
from ingest.publisher import NotPublished, RecordTooLarge

DELIVERED = b'{"id": "m1", "code": "ok"}'


async def test_204_when_every_event_is_published(edge):
    answer = await edge.webhook(b'[{"id": "m1", "code": "ok"}, {"id": "m2", "code": "no"}]')
    assert answer.status_code == 204
    assert answer.content == b""
    assert [(event.ref, event.stage) for event in edge.publisher.events] == [
        ("m1", Stage.DELIVERED),
        ("m2", Stage.REJECTED),
    ]
    assert [record.key for record in edge.publisher.records] == [b"courier/m1", b"courier/m2"]


async def test_the_same_request_again_is_the_same_event(edge):
    for _ in range(2):
        assert (await edge.webhook(DELIVERED)).status_code == 204
    first, second = edge.publisher.events
    assert first.event_id == second.event_id


async def test_a_request_that_tells_nothing_is_accepted(edge):
    assert (await edge.webhook(b"[]")).status_code == 204
    assert edge.publisher.records == []


async def test_get_where_the_vendor_calls_so(edge, basic):
    answer = await edge.client.get("/webhooks/courier?m7", headers=basic)
    assert answer.status_code == 204
    assert edge.publisher.events[0].ref == "m7"


async def test_an_unknown_code_is_unknown_and_counted(edge):
    assert (await edge.webhook(b'{"id": "m1", "code": "xyzzy"}')).status_code == 204
    assert edge.publisher.events[0].stage is Stage.UNKNOWN
    metrics = (await edge.client.get("/metrics")).text
    assert 'acuse_ingest_unknown_codes_total{code="xyzzy",provider="courier"} 1.0' in metrics


@pytest.mark.parametrize("authorization", [None, "Basic", "Basic !", "Basic YW55Ym9keTp3cm9uZw==", "Bearer s3cret"])
async def test_401_without_the_credentials_and_nothing_is_kept(edge, authorization):
    headers = {"authorization": authorization} if authorization else {}
    answer = await edge.client.post("/webhooks/courier", content=b"garbage", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "callback_username" in answer.json()["error"]
    assert edge.publisher.records == []


async def test_401_for_a_provider_without_configured_credentials(open_edge, basic):
    async with open_edge(accounts={}) as edge:
        answer = await edge.client.post("/webhooks/courier", content=DELIVERED, headers=basic)
        assert answer.status_code == 401
        empty = {"authorization": "Basic Og=="}
        answer = await edge.client.post("/webhooks/courier", content=DELIVERED, headers=empty)
        assert answer.status_code == 401


async def test_404_names_the_known_providers(edge, basic):
    answer = await edge.client.post("/webhooks/nobody", content=DELIVERED, headers=basic)
    assert answer.status_code == 404
    assert answer.json() == {"error": "unknown provider; known are courier", "field": "provider"}


@pytest.mark.parametrize("path", ["/webhooks/", "/webhooks", "/webhooks/courier/", "/webhooks/courier/more"])
async def test_404_where_no_provider_is_named_or_something_follows(edge, basic, path):
    answer = await edge.client.post(path, content=DELIVERED, headers=basic)
    assert (answer.status_code, answer.json()) == (404, {"error": "no such route; /openapi.json lists them"})


async def test_404_says_why_a_provider_has_no_callbacks(edge, basic):
    answer = await edge.client.post("/webhooks/hermit", content=DELIVERED, headers=basic)
    assert answer.status_code == 404
    assert answer.json()["error"] == "Hermit has no callbacks; it is asked instead."


async def test_405_names_the_methods(edge, basic):
    answer = await edge.client.put("/webhooks/courier", content=DELIVERED, headers=basic)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_413_by_the_announced_length_before_the_body_is_read(edge, basic):
    async def never_read() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {**basic, "content-length": "10001"}
    answer = await edge.client.post("/webhooks/courier", content=never_read(), headers=headers)
    assert answer.status_code == 413
    assert "10000 bytes" in answer.json()["error"]
    assert answer.headers["connection"] == "close"


async def test_413_by_what_came_when_no_length_was_announced(edge, basic):
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000

    answer = await edge.client.post("/webhooks/courier", content=endless(), headers=basic)
    assert answer.status_code == 413
    assert edge.publisher.records == []


async def test_a_body_of_exactly_the_limit_is_read(edge):
    body = json.dumps([{"id": "m1", "code": "ok", "padding": ""}]).encode()
    body = body.replace(b'"padding": ""', b'"padding": "' + b"x" * (10_000 - len(body)) + b'"')
    assert len(body) == 10_000
    assert (await edge.webhook(body)).status_code == 204
    assert (await edge.webhook(body + b" ")).status_code == 413


async def test_408_when_the_body_does_not_come(edge, basic):
    async def stuck() -> AsyncIterator[bytes]:
        yield b'{"id":'
        await asyncio.Event().wait()

    answer = await edge.client.post("/webhooks/courier", content=stuck(), headers=basic)
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


async def test_bodies_in_the_making_are_bounded_together(open_edge, basic):
    async with open_edge(buffer_bytes=5_000, body_timeout_seconds=30) as edge:
        holding, release = asyncio.Event(), asyncio.Event()

        async def held() -> AsyncIterator[bytes]:
            yield b'[{"id": "m1", "code": "ok"}' + b" " * 4_000
            yield b" "
            holding.set()
            await release.wait()
            yield b"]"

        async def chunked() -> AsyncIterator[bytes]:
            yield b" " * 2_000
            yield DELIVERED

        first = asyncio.create_task(edge.client.post("/webhooks/courier", content=held(), headers=basic))
        await holding.wait()
        answer = await edge.client.post("/webhooks/courier", content=chunked(), headers=basic)
        assert answer.status_code == 503
        release.set()
        assert (await first).status_code == 204
        answer = await edge.client.post("/webhooks/courier", content=chunked(), headers=basic)
        assert answer.status_code == 204


async def test_400_after_the_payload_is_kept_as_it_came(edge, basic):
    headers = {**basic, "content-type": "text/x-odd; charset=latin-1", "cookie": "c", "x-secret": "s"}
    answer = await edge.client.post(
        "/webhooks/courier?a=1&password=s3cret&key=k3y&b", content=b"\xff garbage", headers=headers
    )
    assert answer.status_code == 400
    assert answer.json() == {"error": "send JSON; the payload was kept", "field": "body"}
    (kept,) = edge.publisher.unparsed
    assert kept.body == b"\xff garbage"
    assert kept.provider == "courier"
    assert kept.content_type == "text/x-odd; charset=latin-1"
    assert kept.headers == {"content-type": "text/x-odd; charset=latin-1"}
    assert kept.query == "a=1&password=removed&key=removed&b="
    assert b"s3cret" not in edge.publisher.records[0].value
    assert edge.publisher.records[0].key == b"courier"


async def test_an_error_of_ours_loses_nothing_and_tells_nobody_anything(edge, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = await edge.webhook(b'{"id": "34600000000", "code": "explode"}')
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error; the payload was kept"}
    (kept,) = edge.publisher.unparsed
    assert kept.error == "internal: KeyError"
    assert "KeyError" in caplog.text
    assert "34600000000" not in caplog.text


@pytest.mark.parametrize("body", [DELIVERED, b"garbage", b'{"id": "34600000000", "code": "explode"}'])
async def test_503_when_kafka_cannot_take_it_whatever_it_is(edge, body):
    edge.publisher.refuses_with = NotPublished("Kafka is away")
    answer = await edge.webhook(body)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Kafka is away" in answer.json()["error"]


async def test_503_beyond_what_may_wait_for_kafka_and_the_rest_is_accepted(edge):
    edge.publisher.gate.clear()
    sent = [asyncio.create_task(edge.webhook(b'{"id": "m%d", "code": "ok"}' % number)) for number in range(20)]
    done, waiting = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 12:
        more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    assert {task.result().status_code for task in done} == {503}
    assert "acuse_ingest_in_flight 8.0" in (await edge.client.get("/metrics")).text
    edge.publisher.gate.set()
    assert {(await task).status_code for task in waiting} == {204}
    assert len(edge.publisher.records) == 8
    assert (await edge.webhook(DELIVERED)).status_code == 204


async def test_413_for_an_event_that_no_topic_would_take(edge):
    edge.publisher.refuses_with = RecordTooLarge(2_000_000, 1_000_000)
    answer = await edge.webhook(DELIVERED)
    assert answer.status_code == 413
    assert "1000000 bytes" in answer.json()["error"]


async def test_a_client_that_leaves_is_counted_and_not_answered(config, providers, basic):
    app = create_app(config, providers=providers)
    sent: list[object] = []
    parts = iter(({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}))

    async def receive():
        return next(parts)

    async def send(message):
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in basic.items()]
    scope = {"type": "http", "method": "POST", "path": "/webhooks/courier", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    assert sent == []
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ingest") as client:
        metrics = (await client.get("/metrics")).text
    assert 'acuse_ingest_requests_total{outcome="abandoned",provider="courier"} 1.0' in metrics
