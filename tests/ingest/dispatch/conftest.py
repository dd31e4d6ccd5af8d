"""A dispatcher on the real broker with topics of its own, and a provider that does as it is told."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from acuse.topics import ensure_topics
from delivery import events
from delivery.calls import Call, Called, Calling, InDoubt, decode_call, encode_call
from delivery.channels import Channel
from delivery.decisions import Decision, SendDecision, SettleDecision, Why, encode_decision, send_id, settle_id
from delivery.events import Event
from delivery.orders import Order, OrderPersonal
from delivery.plans import OnDoubt
from delivery.requests import Finding
from delivery.topics import CALLS, DECISIONS, EVENTS, WINDOWS, Topic
from ingest.accounts import Account
from ingest.caller import CallLimits
from ingest.dispatch.config import (
    BreakerConfig,
    DispatchConfig,
    DispatchTopics,
    DoubtConfig,
    LineConfig,
    ListConfig,
    RetryConfig,
)
from ingest.dispatch.dispatcher import Dispatcher
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import Record
from tests.ingest.dispatch.toy import KEY, Toy, ToyServer, serving
from tests.ingest.waiting import until

PARTITIONS = 4
PRICE = Decimal("0.045")
HASTY: Mapping[str, Any] = {
    "calls": CallLimits(connect_seconds=2, read_seconds=2, total_seconds=3),
    "lease_seconds": 3,
}
"""For what is told only when an answer does not come, or when nobody can be sending any more."""


def order(text: str = "hello", **more: object) -> Order:
    return Order(provider="toy", channel=Channel.SMS, personal=OrderPersonal(to="+34600000001", text=text), **more)  # type: ignore[arg-type]


def sends(
    text: str = "hello", *, on_doubt: OnDoubt = OnDoubt.HOLD, message_id: str | None = None, **more: object
) -> SendDecision:
    message_id = message_id or str(uuid.uuid4())
    decided_at = more.pop("decided_at", datetime.now(UTC))
    return SendDecision(
        decision_id=send_id(message_id, 1),
        message_id=message_id,
        decided_at=decided_at,  # type: ignore[arg-type]
        why=Why.REQUESTED,
        step=1,
        order=order(text, **more),
        on_doubt=on_doubt,
        cost=PRICE,
    )


def settles(finding: Finding, *, ref: str | None = None, resend: bool = False, message_id: str = "") -> SettleDecision:
    message_id = message_id or str(uuid.uuid4())
    return SettleDecision(
        decision_id=settle_id(message_id, 1),
        message_id=message_id,
        decided_at=datetime.now(UTC),
        why=Why.SETTLED,
        step=1,
        order=order(),
        finding=finding,
        ref=ref,
        resend=resend,
        cost=PRICE,
    )


@dataclass
class World:
    """What a test sees. Every wait has a deadline."""

    bootstrap_servers: str
    topics: DispatchTopics
    toy: ToyServer
    publisher: KafkaPublisher
    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def config(self, **changes: object) -> DispatchConfig:
        config = DispatchConfig(
            bootstrap_servers=self.bootstrap_servers,
            accounts={"toy": Account("toy", base_url=self.toy.url, credentials={"key": KEY})},
            line=LineConfig(rate_per_second=500, concurrency=16),
            group_id=self.topics.decisions.name,
            topics=self.topics,
            calls=CallLimits(connect_seconds=30, read_seconds=30, total_seconds=60),
            breaker=BreakerConfig(failures=1000, pause_seconds=0.5),
            retry=RetryConfig(tries=4, first_seconds=0.05, limit_seconds=0.2, give_up_seconds=120),
            doubt=DoubtConfig(lookup_seconds=(0.1, 0.3)),
            lists=ListConfig(interval_seconds=0.2, pages=5),
            lease_seconds=30,
            session_seconds=6,
            handover_seconds=3,
            stop_seconds=5,
            commit_seconds=0.2,
        )
        return replace(config, **changes)  # type: ignore[arg-type]

    @asynccontextmanager
    async def dispatching(self, provider: type = Toy, **changes: object) -> AsyncIterator[Dispatcher]:
        dispatcher = Dispatcher(self.config(**changes), {"toy": provider})
        running = asyncio.create_task(dispatcher.run())
        try:
            await until(lambda: not dispatcher.ready() or running.done())
            yield dispatcher
        finally:
            dispatcher.stop()
            async with asyncio.timeout(60):
                await running

    async def decide(self, *decisions: Decision) -> None:
        async with asyncio.timeout(60):
            await self.publisher.publish(
                [
                    Record(self.topics.decisions.name, decision.message_id.encode(), encode_decision(decision))
                    for decision in decisions
                ]
            )

    async def call(self, *calls: Call) -> None:
        """As another dispatcher would write them."""
        async with asyncio.timeout(60):
            await self.publisher.publish(
                [Record(self.topics.calls.name, call.message_id.encode(), encode_call(call)) for call in calls]
            )

    def of(self, decision: Decision | str) -> list[Call]:
        decision_id = decision if isinstance(decision, str) else decision.decision_id
        return [call for call in self.calls if call.decision_id == decision_id]

    def shape(self, decision: Decision) -> list[str]:
        """The calls about a decision, in a word each."""
        return [call.result.value if isinstance(call, Called) else type(call).__name__ for call in self.of(decision)]

    def told(self, decision: Decision) -> list[Event]:
        return [event for event in self.events if event.message_id == decision.message_id]

    async def concluded(self, *decisions: Decision, seconds: float = 120) -> None:
        """Until each has an outcome, or is in doubt."""

        def has_outcome(decision: Decision) -> bool:
            calls = self.of(decision)
            return bool(calls) and (
                any(isinstance(call, Called) and call.result != "released" for call in calls)
                or isinstance(calls[-1], InDoubt)
            )

        await until(lambda: all(map(has_outcome, decisions)), seconds)

    def claims(self, decision: Decision) -> int:
        return sum(isinstance(call, Calling) for call in self.of(decision))

    def sent(self, decision: SendDecision) -> int:
        """How often the provider was asked to send it."""
        return self.toy.requests.count(decision.reference)


AnyWorld = TypeVar("AnyWorld", bound=World)


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    with serving(ToyServer()) as served:
        yield served


@pytest.fixture
async def world(broker, toy: ToyServer) -> AsyncIterator[World]:
    async with watched(World, broker.bootstrap_servers, toy) as world:
        yield world


@asynccontextmanager
async def watched(kind: type[AnyWorld], servers: str, toy: ToyServer) -> AsyncIterator[AnyWorld]:
    """On topics of its own, with what is written to them as it comes."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    topics = DispatchTopics(
        decisions=_named(prefix, DECISIONS),
        calls=_named(prefix, CALLS),
        events=_named(prefix, EVENTS),
        windows=_named(prefix, WINDOWS),
    )
    async with asyncio.timeout(60):
        await ensure_topics(servers, topics=(topics.decisions, topics.calls, topics.events, topics.windows))
        written = (topics.decisions.name, topics.calls.name, topics.windows.name)
        publisher = KafkaPublisher(ProducerConfig(bootstrap_servers=servers, topics=written))
        await publisher.start()
        await publisher.wait_connected(60)
    world = kind(servers, topics, toy, publisher)
    async with _observing(world):
        yield world
    async with asyncio.timeout(60):
        await publisher.stop()


def _named(prefix: str, topic: Topic) -> Topic:
    return Topic(name=f"{prefix}.{topic.name}", key=topic.key, partitions=PARTITIONS, config=topic.config)


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
    names = (world.topics.calls.name, world.topics.events.name)
    consumer.assign([TopicPartition(name, number) for name in names for number in range(PARTITIONS)])

    async def observe() -> None:
        while True:
            for place, records in (await consumer.getmany(timeout_ms=100)).items():
                for record in records:
                    if place.topic == world.topics.calls.name:
                        world.calls.append(decode_call(record.value))
                    else:
                        world.events.append(events.decode(record.value))

    observing = asyncio.create_task(observe())
    try:
        yield
    finally:
        observing.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([observing])
            await consumer.stop()
