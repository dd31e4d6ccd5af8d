"""What the sink is fed and where it stores: events of a provider of the test's own, on both kinds of ClickHouse."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from clickhouse_connect.driver.client import Client

from acuse.local.broker import Broker
from delivery import topics
from delivery.attempts import AttemptState, fold
from delivery.channels import Channel
from delivery.events import (
    Event,
    Payload,
    Personal,
    Precision,
    ProviderTime,
    Reply,
    Send,
    Source,
    Status,
    Zone,
    encode,
)
from delivery.stages import Stage
from delivery.standing import Alias, Attempt, describe, encode_record
from sinks.batching import TOPICS
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.migrate import migrate
from sinks.service import Sink
from tests.plugins.clickhouse import ClickHouseServer

NOW = datetime.now(UTC).replace(microsecond=123456)


@dataclass
class Story:
    """Events of one made-up provider, so that tests that share a broker can tell theirs apart."""

    provider: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}")

    def send(self, ref: str, at: datetime = NOW, **more: Any) -> Send:
        return Send(source=Source.REPORTED, **self._common(ref, at), **more)

    def status(self, ref: str, stage: Stage, at: datetime = NOW, **more: Any) -> Status:
        return Status(source=Source.WEBHOOK, stage=stage, code=stage.value, **self._common(ref, at), **more)

    def reply(self, ref: str, at: datetime = NOW, **more: Any) -> Reply:
        return Reply(source=Source.WEBHOOK, reply_id=f"r{ref}", **self._common(ref, at), **more)

    def _common(self, ref: str, at: datetime) -> dict[str, Any]:
        raw = f"{self.provider} {ref} {at} ñ".encode() + b"\xff\x00"
        return {
            "provider": self.provider,
            "ref": ref,
            "channel": Channel.SMS,
            "received_at": at + timedelta(seconds=1),
            "occurred": ProviderTime(at=at, zone=Zone.STATED, precision=Precision.MICROSECOND, text=at.isoformat()),
            "payload": Payload(sha256=hashlib.sha256(raw).hexdigest()),
            "personal": Personal(recipient="+34600000000", text="Olé", raw=raw, content_type="text/plain"),
        }


def attempt(*events: Event, version: int, month: str = "2026-03", heard_at: datetime | None = None) -> Attempt:
    state: AttemptState | None = None
    for event in events:
        state = fold(state, event)
    assert state
    return describe(state, version=version, month=month, heard_at=heard_at)


class Feed:
    """Writes to the topics as ingest and tracking do."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def events(self, *events: Event) -> None:
        await self._write(topics.EVENTS.name, [(event.key, encode(event)) for event in events])

    async def attempts(self, *attempts: Attempt) -> None:
        await self._write(topics.ATTEMPTS.name, [(each.message_id, encode_record(each)) for each in attempts])

    async def record(self, key: str, record: Alias) -> None:
        await self._write(topics.ATTEMPTS.name, [(key, encode_record(record))])

    async def raw(self, topic: str, key: str, value: bytes | None) -> None:
        await self._write(topic, [(key, value)])

    async def _write(self, topic: str, records: list[tuple[str, bytes | None]]) -> None:
        sent = [await self._producer.send(topic, value=value, key=key.encode()) for key, value in records]
        await asyncio.gather(*sent)


@pytest.fixture
async def feed(broker: Broker) -> Any:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, linger_ms=2, max_batch_size=262_144)
    await producer.start()
    try:
        yield Feed(producer)
    finally:
        await producer.stop()


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def sink_config(broker: Broker) -> SinkConfig:
    return SinkConfig(
        bootstrap_servers=broker.bootstrap_servers,
        group_id=f"sink-{uuid.uuid4().hex[:8]}",
        batch_seconds=0.05,
        retry_seconds=0.05,
        retry_limit_seconds=0.3,
        handover_seconds=5.0,
    )


@pytest.fixture(params=["embedded", "server"])
def clickhouse(request: pytest.FixtureRequest, tmp_path: Path) -> ClickHouseConfig:
    """An empty, migrated database: in this process, and behind HTTP."""
    if request.param == "embedded":
        return migrated(ClickHouseConfig(path=tmp_path / "chdb"))
    server: ClickHouseServer = request.getfixturevalue("clickhouse_server")
    return migrated(server.config())


@pytest.fixture
def server_database(clickhouse_server: ClickHouseServer) -> ClickHouseConfig:
    """The same behind HTTP alone, where processes share a database."""
    return migrated(clickhouse_server.config())


@pytest.fixture
def client(clickhouse: ClickHouseConfig) -> Iterator[Client]:
    opened = open_client(clickhouse, readonly=False)
    try:
        yield opened
    finally:
        opened.close()


def migrated(config: ClickHouseConfig) -> ClickHouseConfig:
    writer = open_client(config, readonly=False)
    migrate(writer)
    writer.close()
    return config


async def until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Waits for the condition, whose blocking is kept off the event loop; what it last gave is the failure's reason."""
    deadline = time.monotonic() + seconds
    while not (given := await asyncio.to_thread(condition)):
        assert time.monotonic() < deadline, f"not in {seconds} s: {given!r}"
        await asyncio.sleep(0.05)
    return given


@asynccontextmanager
async def running(config: SinkConfig, clickhouse: ClickHouseConfig) -> AsyncIterator[Sink]:
    sink = Sink(config, clickhouse)
    task = asyncio.create_task(sink.run())
    try:
        yield sink
    finally:
        sink.stop()
        await asyncio.wait_for(task, 90)


async def all_committed(config: SinkConfig, seconds: float = 150.0) -> None:
    """Waits until the sink has committed all there is, which it does only after it has stored it."""
    asker = AIOKafkaConsumer(bootstrap_servers=config.bootstrap_servers)
    admin = AIOKafkaAdminClient(bootstrap_servers=config.bootstrap_servers)
    await asker.start()
    await admin.start()
    try:
        carried = [topic for topic in topics.TOPICS if topic.name in TOPICS]
        places = [TopicPartition(topic.name, part) for topic in carried for part in range(topic.partitions)]
        ends = {place: end for place, end in (await asker.end_offsets(places)).items() if end}
        deadline = time.monotonic() + seconds
        while True:
            committed = await admin.list_consumer_group_offsets(config.group_id)
            behind = [place for place, end in ends.items() if place not in committed or committed[place].offset < end]
            if not behind:
                return
            assert time.monotonic() < deadline, f"not stored in {seconds} s: {behind}"
            await asyncio.sleep(0.1)
    finally:
        await asker.stop()
        await admin.close()
