"""A notifier on the real broker with topics of its own, and an application that does as it is told."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from acuse.topics import ensure_topics
from delivery.channels import Channel
from delivery.decisions import Decision, EndDecision, Grounds, Why, encode_decision, end_id
from delivery.events import Event, Payload, Personal, Reply, Source, encode
from delivery.health.alerts import Alert, encode_alert
from delivery.notices import Notice, NoticeType, decode_notice, notice_id
from delivery.topics import ALERTS, DECISIONS, EVENTS, NOTICES, Topic
from ingest.dispatch.config import BreakerConfig
from ingest.notify.config import NotifyConfig, NotifyTopics, ReceiverConfig
from ingest.notify.notifier import Notifier
from ingest.notify.retrying import Retrying
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import Record
from tests.ingest.notify.application import KEYS, Application, serving
from tests.ingest.waiting import until

PARTITIONS = 3


def ends(reference: str = "", why: Why = Why.SUCCEEDED, message_id: str | None = None) -> EndDecision:
    message_id = message_id or str(uuid.uuid4())
    return EndDecision(
        decision_id=end_id(message_id, why),
        message_id=message_id,
        decided_at=datetime.now(UTC),
        why=why,
        grounds=Grounds(rule="as it was"),
        step=1,
        reference=reference,
        recipient="+34600000001",
    )


def reply(ref: str) -> Reply:
    return Reply(
        provider="toy",
        ref=ref,
        channel=Channel.SMS,
        received_at=datetime.now(UTC),
        source=Source.WEBHOOK,
        payload=Payload(sha256=ref),
        personal=Personal(text="Yes", sender="+34600000001"),
        reply_id=ref,
    )


def id_of(decision: EndDecision) -> str:
    type_ = NoticeType.DELIVERED if decision.why is Why.SUCCEEDED else NoticeType.FAILED
    return notice_id(type_, decision.decision_id)


@dataclass
class World:
    """What a test sees. Every wait has a deadline."""

    bootstrap_servers: str
    topics: NotifyTopics
    application: Application
    publisher: KafkaPublisher
    kept: list[Notice] = field(default_factory=list)

    def config(self, **changes: object) -> NotifyConfig:
        receiver = ReceiverConfig(
            url=self.application.url,
            keys=KEYS,
            connect_seconds=30,
            answer_seconds=60,
            concurrency=8,
            rate_per_second=1000,
        )
        config = NotifyConfig(
            bootstrap_servers=self.bootstrap_servers,
            receiver=receiver,
            retrying=Retrying(schedule=(0.05, 0.1, 0.2), give_up_seconds=300),
            breaker=BreakerConfig(failures=1000),
            group_id=self.topics.decisions.name,
            topics=self.topics,
            session_seconds=6,
            commit_seconds=0.1,
        )
        return replace(config, **changes)  # type: ignore[arg-type]

    @asynccontextmanager
    async def notifying(self, **changes: object) -> AsyncIterator[Notifier]:
        notifier = Notifier(self.config(**changes), CollectorRegistry())
        running = asyncio.create_task(notifier.run())
        try:
            await until(lambda: not notifier.notes() or running.done())
            yield notifier
        finally:
            notifier.stop()
            async with asyncio.timeout(60):
                await running

    async def decide(self, *decisions: Decision) -> None:
        topic = self.topics.decisions.name
        await self._publish([Record(topic, each.message_id.encode(), encode_decision(each)) for each in decisions])

    async def hear(self, *events: Event) -> None:
        await self._publish([Record(self.topics.events.name, each.key.encode(), encode(each)) for each in events])

    async def alert(self, *alerts: Alert) -> None:
        topic = self.topics.alerts.name
        await self._publish([Record(topic, str(each.lane).encode(), encode_alert(each)) for each in alerts])

    async def put(self, topic: Topic, value: bytes) -> None:
        await self._publish([Record(topic.name, b"key", value)])

    async def _publish(self, records: list[Record]) -> None:
        async with asyncio.timeout(60):
            await self.publisher.publish(records)

    def of(self, decision: EndDecision) -> list[Notice]:
        return [notice for notice in self.kept if notice.notice_id == id_of(decision)]

    async def ended(self, *decisions: EndDecision, seconds: float = 120) -> None:
        await until(lambda: all(self.of(decision) for decision in decisions), seconds)


@pytest.fixture
def application() -> Iterator[Application]:
    with serving(Application()) as served:
        yield served


@pytest.fixture
async def world(broker, application: Application) -> AsyncIterator[World]:
    prefix = f"t{uuid.uuid4().hex[:10]}"
    topics = NotifyTopics(
        decisions=_named(prefix, DECISIONS),
        events=_named(prefix, EVENTS),
        alerts=_named(prefix, ALERTS, 1),
        notices=_named(prefix, NOTICES, 1),
    )
    servers = broker.bootstrap_servers
    written = (topics.decisions.name, topics.events.name, topics.alerts.name)
    async with asyncio.timeout(60):
        await ensure_topics(servers, topics=(topics.decisions, topics.events, topics.alerts, topics.notices))
        publisher = KafkaPublisher(ProducerConfig(bootstrap_servers=servers, topics=written))
        await publisher.start()
        await publisher.wait_connected(60)
    world = World(servers, topics, application, publisher)
    async with _observing(world):
        yield world
    async with asyncio.timeout(60):
        await publisher.stop()


def _named(prefix: str, topic: Topic, partitions: int = PARTITIONS) -> Topic:
    return Topic(name=f"{prefix}.{topic.name}", key=topic.key, partitions=partitions, config=topic.config)


@asynccontextmanager
async def _observing(world: World) -> AsyncIterator[None]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=world.bootstrap_servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    async with asyncio.timeout(60):
        await consumer.start()
    consumer.assign([TopicPartition(world.topics.notices.name, 0)])

    async def observe() -> None:
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                world.kept.extend(decode_notice(record.value) for record in records)

    observing = asyncio.create_task(observe())
    try:
        yield
    finally:
        observing.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([observing])
            await consumer.stop()
