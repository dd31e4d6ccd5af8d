"""Events for the fold to be measured on, and topics for each run's own."""

import asyncio
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from aiokafka import AIOKafkaProducer

from acuse.topics import ensure_topics
from delivery.attempts import fold
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Send, Source, Status, Zone, encode
from delivery.number_types import NumberType
from delivery.stages import Stage
from delivery.topics import ATTEMPTS, EVENTS, TRACKING_CHANGELOG, UNPARSED
from streams.config import TrackingTopics
from streams.partitioner import partition_for
from streams.states import Tracked, encode_tracked

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
PROVIDERS = ("altiria", "mensatek", "messente")
IN_FLIGHT = 3000
"""Attempts that are under way at the same time: so far apart are the events of one."""
RAW = b'{"idMensaje":"10573758","Movil":"34600000000","Estado":"1","Resultado":"Entregado","Segundos":12}' * 2
BATCH_BYTES = 512 * 1024

Keyed = tuple[bytes, bytes]


def history(number: int) -> list[Event]:
    """What is told of one attempt: it was sent, it is on its way, it was delivered."""
    return [
        Send(
            **_common(number, 0), source=Source.REPORTED, message_id=str(uuid.UUID(int=number)), reference=f"r{number}"
        ),
        status(number, 1, Stage.SENT),
        status(number, 9, Stage.DELIVERED),
    ]


def status(number: int, seconds: float, stage: Stage) -> Status:
    return Status(**_common(number, seconds), source=Source.WEBHOOK, stage=stage, code=stage.value)


def _common(number: int, seconds: float) -> dict[str, object]:
    at = START + timedelta(seconds=number % 86400 + seconds)
    return {
        "provider": PROVIDERS[number % 3],
        "ref": f"m{number:09d}",
        "channel": Channel.SMS,
        "country": "ES",
        "number_type": NumberType.MOBILE,
        "carrier": "Vodafone",
        "received_at": at + timedelta(milliseconds=300),
        "occurred": ProviderTime(at=at, zone=Zone.STATED, precision=Precision.SECOND, text=at.isoformat()),
        "payload": Payload(sha256=f"{number:064x}"),
        "personal": Personal(recipient="+34600000000", raw=RAW, content_type="application/json"),
    }


def events(attempts: int) -> Iterator[Keyed]:
    """Three events for each attempt, out of order and mingled with those of others."""
    shuffling = random.Random(7)
    for first in range(0, attempts, IN_FLIGHT):
        portion = [event for number in range(first, min(first + IN_FLIGHT, attempts)) for event in history(number)]
        shuffling.shuffle(portion)
        for event in portion:
            yield event.key.encode(), encode(event)


def receipts(attempts: int, count: int) -> Iterator[Keyed]:
    """Receipts that each change one of ``attempts`` that are known already, spread over all of them."""
    shuffling = random.Random(11)
    order = shuffling.sample(range(attempts), min(attempts, count))
    for place in range(count):
        turn, index = divmod(place, len(order))
        event = status(order[index], 20 + turn, LATER_STAGES[turn % len(LATER_STAGES)])
        yield event.key.encode(), encode(event)


LATER_STAGES = (Stage.DELIVERED, Stage.SEEN, Stage.UNDELIVERED, Stage.EXPIRED, Stage.REJECTED, Stage.CANCELLED)


def states(attempts: int) -> Iterator[Keyed]:
    """What the changelog holds of so many attempts that were sent and not yet delivered."""
    for number in range(attempts):
        sent, under_way, _ = history(number)
        state = fold(fold(None, sent), under_way)
        # Version 0: every event that the topic will ever hold is newer.
        yield history_key(number), encode_tracked(Tracked(0, "2026-03", 0, state))


def history_key(number: int) -> bytes:
    return f"{PROVIDERS[number % 3]}/m{number:09d}".encode()


async def fresh_topics(servers: str, events_topic: str | None = None) -> TrackingTopics:
    """Topics for one run; ``events_topic`` is one that is there already, to be read again."""
    name = f"b{uuid.uuid4().hex[:8]}"
    topics = TrackingTopics(
        group=f"{name}-tracking",
        events=events_topic or f"{name}.events",
        attempts=f"{name}.attempts",
        unparsed=f"{name}.unparsed",
    )
    declared = (EVENTS, ATTEMPTS, UNPARSED, TRACKING_CHANGELOG)
    await ensure_topics(
        servers,
        topics=[msgspec.structs.replace(topic, name=name) for topic, name in zip(declared, topics.names, strict=True)],
    )
    return topics


async def fill(servers: str, topic: str, records: Iterable[Keyed], partitions: int = EVENTS.partitions) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, max_batch_size=BATCH_BYTES, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        batches = [producer.create_batch() for _ in range(partitions)]
        for key, value in records:
            partition = partition_for(key, partitions)
            if batches[partition].append(key=key, value=value, timestamp=None) is None:
                await (await producer.send_batch(batches[partition], topic, partition=partition))
                batches[partition] = producer.create_batch()
                batches[partition].append(key=key, value=value, timestamp=None)
        rest: Sequence[asyncio.Future[object]] = [
            await producer.send_batch(batch, topic, partition=partition)
            for partition, batch in enumerate(batches)
            if batch.record_count()
        ]
        await asyncio.gather(*rest)
    finally:
        await producer.stop()
