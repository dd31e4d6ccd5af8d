"""What a 2xx promises, held against a real broker: it is there, whatever happens to the broker in between."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from aiokafka.errors import MessageSizeTooLargeError

from acuse.topics import ensure_topics
from delivery.events import decode
from delivery.requests import CancelRequest, MessageRequest, SettleRequest, decode_request
from delivery.topics import EVENTS, MAX_RECORD_BYTES, REQUESTS, UNPARSED, Topic
from delivery.unparsed import decode_unparsed
from ingest.app import create_app
from ingest.producer import RECORD_LIMIT_BYTES, KafkaPublisher, ProducerConfig
from ingest.publisher import NothingPublished, NotPublished, Record, RecordTooLarge
from ingest.topic_reader import TopicReader

READY_SECONDS = 120


@pytest.fixture
async def real(broker, config, providers, request) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the app on the real broker, which may take its time where the test does not say how long."""
    patience = getattr(request, "param", 60)
    settings = replace(
        config, bootstrap_servers=broker.bootstrap_servers, max_in_flight=1_000, produce_timeout_seconds=patience
    )
    app = create_app(settings, providers=providers)
    async with app.router.lifespan_context(app), _client(app) as client:
        await _until_ready(client)
        yield client


def _client(app) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ingest", timeout=120)


async def _until_ready(client) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while (answer := await client.get("/readyz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)


async def _records(broker, topic, key):
    """The records whose key holds the word; others put what they like into a shared broker."""
    async with TopicReader(broker.bootstrap_servers) as reader:
        span = await reader.span(topic)
        found = [record async for batch in reader.read(span) for record in batch]
    return [record for record in found if key.encode() in record.key]


async def _refs(broker, prefix) -> list[str]:
    return sorted(decode(record.value).ref for record in await _records(broker, EVENTS, prefix))


async def test_what_is_accepted_can_be_read_from_kafka(real, broker, unique, basic, bearer):
    body = b"[" + b",".join(b'{"id": "%s-%d", "code": "ok"}' % (unique.encode(), n) for n in range(3)) + b"]"
    assert (await real.post("/webhooks/courier", content=body, headers=basic)).status_code == 204
    send = {"provider": "courier", "ref": f"{unique}-sent", "channel": "sms", "to": "+34600000000"}
    assert (await real.post("/v1/sends", json=send, headers=bearer)).status_code == 202
    assert await _refs(broker, unique) == [f"{unique}-{n}" for n in range(3)] + [f"{unique}-sent"]


async def test_a_message_is_in_kafka_when_202_is_answered(broker, config, senders, unique, bearer):
    settings = replace(config, bootstrap_servers=broker.bootstrap_servers, produce_timeout_seconds=60)
    app = create_app(settings, providers=senders)
    asked = {"to": "+34600000000", "channel": "sms", "provider": "runner", "text": "Hola", "reference": unique}
    async with app.router.lifespan_context(app), _client(app) as client:
        await _until_ready(client)
        keyed = {**bearer, "Idempotency-Key": unique}
        answers = [await client.post("/v1/messages", json=asked, headers=keyed) for _ in range(2)]
        message_id = answers[0].json()["message_id"]
        answers.append(await client.delete(f"/v1/messages/{message_id}", headers=bearer))
        settlement = {"step": 1, "finding": "sent"}
        answers.append(await client.post(f"/v1/messages/{message_id}/settle", json=settlement, headers=bearer))
    assert {(answer.status_code, answer.json()["message_id"]) for answer in answers} == {(202, message_id)}
    records = await _records(broker, REQUESTS, message_id)
    requests = [decode_request(record.value) for record in records]
    assert len({record.partition for record in records}) == 1
    assert [type(request) for request in requests] == [MessageRequest, MessageRequest, CancelRequest, SettleRequest]
    assert requests[0].order == requests[1].order
    assert requests[0].order.reference == unique


async def test_a_message_that_kafka_cannot_take_is_not_accepted(config, senders, bearer):
    asked = {"to": "+34600000000", "channel": "sms", "provider": "runner", "text": "Hola"}
    app = create_app(config, providers=senders)
    async with asyncio.timeout(60), app.router.lifespan_context(app), _client(app) as client:
        answer = await client.post("/v1/messages", json=asked, headers=bearer)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "nothing was accepted" in answer.json()["error"]


async def test_garbage_is_in_kafka_when_400_is_answered(real, broker, unique, basic):
    answer = await real.post("/webhooks/courier", content=unique.encode(), headers=basic)
    assert answer.status_code == 400
    kept = [decode_unparsed(record.value) for record in await _records(broker, UNPARSED, "courier")]
    assert [payload.body for payload in kept].count(unique.encode()) == 1


async def test_a_burst_beyond_what_may_wait_loses_nothing_that_was_accepted(broker, config, providers, unique, basic):
    settings = replace(config, bootstrap_servers=broker.bootstrap_servers, max_in_flight=50, produce_timeout_seconds=60)
    app = create_app(settings, providers=providers)
    async with app.router.lifespan_context(app), _client(app) as client:
        await _until_ready(client)
        bodies = [b'{"id": "%s-%03d", "code": "ok"}' % (unique.encode(), n) for n in range(400)]
        answers = await asyncio.gather(
            *(client.post("/webhooks/courier", content=body, headers=basic) for body in bodies)
        )
    accepted = [f"{unique}-{n:03d}" for n, answer in enumerate(answers) if answer.status_code == 204]
    assert {answer.status_code for answer in answers} == {204, 503}
    assert await _refs(broker, unique) == accepted


@pytest.mark.parametrize("real", [2], indirect=True)
async def test_a_broker_that_goes_and_comes_back(real, broker, unique, basic):
    """503 while it is away; nothing accepted is lost; what is sent again is the same event."""
    accepted: set[str] = set()
    refused: set[str] = set()
    away, back = asyncio.Event(), asyncio.Event()

    async def provider(worker: int) -> None:
        number = 0
        while not (back.is_set() and number > 40):
            ref = f"{unique}-{worker}-{number}"
            body = b'{"id": "%s", "code": "ok"}' % ref.encode()
            answer = await real.post("/webhooks/courier", content=body, headers=basic)
            if answer.status_code == 204:
                accepted.add(ref)
                number += 1
            else:
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["retry-after"]) > 0
                refused.add(ref)  # and the same once more, as a provider would
                away.set()
                await asyncio.sleep(0.1)

    providers = [asyncio.create_task(provider(worker)) for worker in range(4)]
    try:
        await asyncio.to_thread(broker.stop)
        await asyncio.wait_for(away.wait(), 60)
        assert (await real.get("/readyz")).status_code == 503
    finally:
        await asyncio.to_thread(broker.start)
    await _until_ready(real)
    back.set()
    await asyncio.wait_for(asyncio.gather(*providers), 120)
    assert refused
    assert refused <= accepted
    mine = [decode(record.value) for record in await _records(broker, EVENTS, unique)]
    assert {event.ref for event in mine} == accepted
    assert len({event.event_id for event in mine}) == len(accepted)


async def test_it_starts_and_stops_without_a_broker_and_says_so(config, providers, basic):
    app = create_app(config, providers=providers)
    async with asyncio.timeout(60), app.router.lifespan_context(app), _client(app) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "kafka" in answer.json()["troubles"]
        answer = await client.post("/webhooks/courier", content=b'{"id": "m", "code": "ok"}', headers=basic)
        assert answer.status_code == 503
        assert (await client.get("/livez")).status_code == 200


async def test_a_missing_topic_is_named(broker):
    publisher = KafkaPublisher(ProducerConfig(bootstrap_servers=broker.bootstrap_servers, topics=("acuse.nowhere",)))
    await publisher.start()
    try:
        deadline = time.monotonic() + 60
        while "acuse.nowhere" not in publisher.troubles()["kafka"]:
            assert time.monotonic() < deadline, publisher.troubles()
            await asyncio.sleep(0.02)
    finally:
        await publisher.stop()


async def test_a_record_over_the_limit_is_refused_and_one_at_the_limit_is_kept(broker, scratch, unique):
    key = unique.encode()
    longest = RECORD_LIMIT_BYTES - len(key)
    async with _publisher(broker, scratch) as publisher:
        with pytest.raises(RecordTooLarge):
            await publisher.publish(
                [Record(scratch.name, key, b"small"), Record(scratch.name, key, b"x" * longest + b"x")]
            )
        await publisher.publish([Record(scratch.name, key, b"x" * longest)])
    assert [len(record.value) for record in await _records(broker, scratch, unique)] == [longest]


async def test_after_an_error_that_cannot_be_retried_the_producer_is_replaced(broker, scratch, unique):
    """A batch that the broker refuses leaves a hole in the sequence, and every later batch of that producer fails."""
    async with _publisher(broker, scratch) as publisher:
        await publisher.publish([Record(scratch.name, unique.encode(), b"before")])
        producer = publisher._link.producer
        batch = producer.create_batch()
        batch.append(key=b"k", value=b"x" * (MAX_RECORD_BYTES + 1), timestamp=None)
        with pytest.raises(MessageSizeTooLargeError):
            await (await producer.send_batch(batch, scratch.name, partition=0))
        deadline = time.monotonic() + READY_SECONDS
        published = False
        while not published:
            assert time.monotonic() < deadline
            try:
                await publisher.publish([Record(scratch.name, unique.encode(), b"after")])
                published = True
            except NotPublished:
                await asyncio.sleep(0.05)
        assert publisher.replaced == 1
    assert [record.value for record in await _records(broker, scratch, unique)] == [b"before", b"after"]


async def test_what_is_unacknowledged_is_bounded(broker, scratch, unique):
    async with _publisher(broker, scratch, buffer_bytes=1_000) as publisher:
        small = Record(scratch.name, unique.encode(), b"x" * 600)
        outcomes = await asyncio.gather(*(publisher.publish([small]) for _ in range(3)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [type(None), NothingPublished, NothingPublished]
        await publisher.publish([small])
    assert len(await _records(broker, scratch, unique)) == 2


@pytest.fixture
async def scratch(broker) -> Topic:
    """A topic for records that are none of ours."""
    topic = Topic(name="test.ingest", key="anything", partitions=1)
    await ensure_topics(broker.bootstrap_servers, topics=[topic])
    return topic


@contextlib.asynccontextmanager
async def _publisher(broker, topic, **settings) -> AsyncIterator[KafkaPublisher]:
    config = ProducerConfig(bootstrap_servers=broker.bootstrap_servers, topics=(topic.name,), **settings)
    publisher = KafkaPublisher(config)
    await publisher.start()
    try:
        await publisher.wait_connected(READY_SECONDS)
        yield publisher
    finally:
        await publisher.stop()
