"""Topics of a test's own on the shared broker, workers in processes, and what they leave in Kafka."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from acuse.local.broker import Broker
from acuse.topics import ensure_topics
from delivery.attempts import AttemptState, fold, state_of
from delivery.channels import Channel
from delivery.decisions import Decision, decode_decision
from delivery.events import (
    Event,
    MalformedEvent,
    Payload,
    Personal,
    Precision,
    ProviderTime,
    Send,
    Source,
    Status,
    Zone,
    decode,
    encode,
)
from delivery.orders import Order, OrderPersonal
from delivery.requests import CancelRequest, Finding, MessageRequest, Request, SettleRequest, encode_request
from delivery.stages import Stage
from delivery.standing import Alias, Attempt, Record, decode_record, describe, encode_record
from delivery.topics import (
    ATTEMPTS,
    DECIDING_CHANGELOG,
    DECISIONS,
    EVENTS,
    REQUESTS,
    TRACKING_CHANGELOG,
    UNPARSED,
    Topic,
)
from streams.config import DecidingTopics, TrackingTopics

SCRIPT = Path(__file__).with_name("worker_process.py")
ROOT = Path(__file__).parents[2]
BEGAN = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)


class Making:
    """Makes events of attempts by number, at seconds after ``began``."""

    def __init__(self, began: datetime = BEGAN) -> None:
        self.began = began

    def send(self, number: int, second: float = 0, *, message_id: str | None = None) -> Send:
        at = self.began + timedelta(seconds=second)
        return Send(**self._common(number, at), source=Source.REPORTED, message_id=message_id)

    def status(self, number: int, second: float, stage: Stage, code: str = "") -> Status:
        at = self.began + timedelta(seconds=second)
        return Status(**self._common(number, at), source=Source.WEBHOOK, stage=stage, code=code or stage.value)

    def history(self, number: int) -> list[Event]:
        return [
            self.send(number, 0, message_id=str(uuid.UUID(int=number))),
            self.status(number, 1, Stage.SENT),
            self.status(number, 5, Stage.DELIVERED),
        ]

    @staticmethod
    def _common(number: int, at: datetime) -> dict[str, object]:
        return {
            "provider": ("altiria", "mensatek", "messente")[number % 3],
            "ref": f"n{number}",
            "channel": Channel.SMS,
            "received_at": at,
            "occurred": ProviderTime(at=at, zone=Zone.STATED, precision=Precision.SECOND, text=at.isoformat()),
            "payload": Payload(sha256=f"{number:064x}"),
            "personal": Personal(recipient="+34600000000", raw=b"{}", content_type="application/json"),
        }


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture(scope="session")
def making_class() -> type[Making]:
    """For property tests, which may not take what is made anew for each test."""
    return Making


class Asking:
    """Makes requests for messages by number, and attempts at them; ``received_at`` is when they are told."""

    def __init__(self, received_at: datetime = BEGAN) -> None:
        self.received_at = received_at

    @staticmethod
    def message(number: int) -> str:
        return str(uuid.UUID(int=number))

    def asked(self, number: int, text: str = "Hola") -> MessageRequest:
        personal = OrderPersonal(to="+34600000000", text=text)
        order = Order(provider="messente", channel=Channel.SMS, personal=personal)
        return MessageRequest(message_id=self.message(number), received_at=self.received_at, order=order)

    def cancelled(self, number: int) -> CancelRequest:
        return CancelRequest(message_id=self.message(number), received_at=self.received_at)

    def settled(self, number: int, finding: Finding = Finding.SENT, *, tries: int = 0) -> SettleRequest:
        return SettleRequest(
            message_id=self.message(number),
            received_at=self.received_at,
            step=1,
            finding=finding,
            ref="found" if finding is Finding.SENT else None,
            resend=finding is Finding.NOT_SENT,
            tries=tries,
        )

    def attempt(
        self,
        number: int,
        stage: Stage,
        version: int,
        *,
        provider: str = "messente",
        sent: bool = True,
        claimed: bool = True,
    ) -> Attempt:
        """``sent``: whether its Send is known; ``claimed``: whether that says which message it is of."""
        common = {
            "provider": provider,
            "ref": f"r{number}",
            "channel": Channel.SMS,
            "received_at": self.received_at,
            "payload": Payload(sha256="0"),
            "personal": Personal(),
            "message_id": self.message(number) if claimed else None,
            "stage": stage,
        }
        event = Send(source=Source.CALL, **common) if sent else Status(source=Source.WEBHOOK, **common)
        return describe(state_of(event), version=version, month="2024-05")


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture(scope="session")
def asking_class() -> type[Asking]:
    """For property tests, and for those that need another time."""
    return Asking


@dataclass
class Worker:
    """One tracking worker's process; its log is kept where the test's other files are."""

    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Worker":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=log, stderr=log)
        return self

    def kill(self) -> None:
        self._signalled(signal.SIGKILL)

    def stop(self) -> float:
        """Seconds that it took; it must have ended in order."""
        began = time.monotonic()
        assert self._signalled(signal.SIGTERM) == 0, self.log.read_text()[-3000:]
        return time.monotonic() - began

    def wait(self, seconds: float) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _signalled(self, number: signal.Signals) -> int:
        assert self.process is not None
        os.kill(self.process.pid, number)
        return self.process.wait(15)


@dataclass
class Left:
    """What is in the attempts topic: for each attempt its greatest version, and every record in order."""

    latest: dict[str, Attempt] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)

    def add(self, records: Iterable[ConsumerRecord]) -> None:
        for record in records:
            decoded = decode_record(record.value)
            if isinstance(decoded, Alias):
                assert record.key == decoded.retired.encode()
                self.aliases.append(decoded)
                continue
            assert record.key == decoded.message_id.encode()
            self.attempts.append(decoded)
            key = f"{decoded.provider}/{decoded.ref}"
            known = self.latest.get(key)
            if known is not None and known.version == decoded.version:
                assert known == decoded, "rows of equal version must be equal"
            if known is None or decoded.version >= known.version:
                self.latest[key] = decoded


Found = TypeVar("Found")


class Topics:
    """Topics of one test's own on the shared broker, and workers on them."""

    def __init__(self, broker: Broker, directory: Path, declared: Mapping[str, Topic]) -> None:
        self.broker = broker
        self.directory = directory
        self._declared = declared
        self._workers: list[Worker] = []

    async def prepare(self) -> None:
        topics = [msgspec.structs.replace(topic, name=name) for name, topic in self._declared.items()]
        await ensure_topics(self.broker.bootstrap_servers, topics=topics)

    async def renew(self) -> None:
        """Remove every topic and make it anew, as somebody might who has lost patience."""
        async with asyncio.timeout(30):
            admin = AIOKafkaAdminClient(bootstrap_servers=self.broker.bootstrap_servers)
            await admin.start()
            try:
                await admin.delete_topics(list(self._declared))
                while set(self._declared) & set(await admin.list_topics()):  # noqa: ASYNC110 - Kafka has no event
                    await asyncio.sleep(0.1)
            finally:
                await admin.close()
        await self.prepare()

    def process(self, name: str, **kinds: dict[str, object]) -> Worker:
        """A worker of one kind or more, with what each is told beside what all are."""
        common = {"bootstrap_servers": self.broker.bootstrap_servers, "instance_id": name}
        said = {kind: {**common, "data_dir": str(self.data_dir(name) / kind), **its} for kind, its in kinds.items()}
        worker = Worker([sys.executable, str(SCRIPT), json.dumps(said)], self.directory / f"{name}.log")
        self._workers.append(worker)
        return worker

    def data_dir(self, name: str = "one") -> Path:
        return self.directory / name

    def end(self) -> None:
        for worker in self._workers:
            if worker.running():
                worker.kill()

    async def write(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        async with asyncio.timeout(30):
            producer = AIOKafkaProducer(
                bootstrap_servers=self.broker.bootstrap_servers, acks="all", enable_idempotence=True, linger_ms=5
            )
            await producer.start()
            try:
                await asyncio.gather(*[await producer.send(topic, value, key=key) for key, value in records])
            finally:
                await producer.stop()

    async def read(self, topic: str) -> list[ConsumerRecord]:
        """All that a topic holds by now, partition after partition."""
        async with asyncio.timeout(30):
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.broker.bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
            )
            await consumer.start()
            try:
                return await _read(consumer, topic)
            finally:
                await consumer.stop()

    @staticmethod
    async def eventually(look: Callable[[], Awaitable[Found | None]], seconds: float = 40) -> Found:
        """What ``look`` finds, once it finds something."""
        deadline = time.monotonic() + seconds
        while (found := await look()) is None:
            assert time.monotonic() < deadline, "it did not come to that in time"
            await asyncio.sleep(0.2)
        return found


class Ground(Topics):
    """Tracking's."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = TrackingTopics(
            group=f"{name}-tracking", events=f"{name}.events", attempts=f"{name}.attempts", unparsed=f"{name}.unparsed"
        )
        declared = (EVENTS, ATTEMPTS, UNPARSED, TRACKING_CHANGELOG)
        super().__init__(broker, directory, dict(zip(self.topics.names, declared, strict=True)))

    def worker(self, name: str = "one", *, receipt_window: float = 1e9, stall_timeout: float = 60) -> Worker:
        return self.process(name, tracking=self.said(receipt_window, stall_timeout))

    def said(self, receipt_window: float = 1e9, stall_timeout: float = 60) -> dict[str, object]:
        return {"receipt_window": receipt_window, "stall_timeout": stall_timeout, "topics": asdict(self.topics)}

    async def publish(self, events: Iterable[Event]) -> None:
        await self.publish_raw((event.key.encode(), encode(event)) for event in events)

    async def publish_raw(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        await self.write(self.topics.events, records)

    async def expected(self) -> dict[str, tuple[AttemptState, int]]:
        """What the pure fold makes of the events topic: state and version of each attempt."""
        states: dict[str, tuple[AttemptState, int]] = {}
        for record in await self.read(self.topics.events):
            try:
                event = decode(record.value)
            except MalformedEvent:
                continue
            key = record.key.decode()
            if event.key != key:
                continue
            before = states[key][0] if key in states else None
            after = fold(before, event)
            if after is not before:
                states[key] = (after, 2 * record.offset)
        return states

    async def left(self) -> Left:
        left = Left()
        left.add(await self.read(self.topics.attempts))
        return left

    async def caught_up(self) -> Left:
        """Wait until every attempt stands as the pure fold has it; what was emitted by then."""
        expected = await self.expected()
        assert expected

        async def emitted() -> Left | None:
            left = await self.left()
            standing = {key: (attempt.state, attempt.version) for key, attempt in left.latest.items()}
            return left if standing == expected else None

        return await self.eventually(emitted)


class DecidingGround(Topics):
    """Deciding's. ``polled`` are the providers of ``Making`` that can be asked, on SMS."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = DecidingTopics(
            group=f"{name}-deciding",
            requests=f"{name}.requests",
            attempts=f"{name}.attempts",
            decisions=f"{name}.decisions",
            unparsed=f"{name}.unparsed",
        )
        declared = (REQUESTS, ATTEMPTS, DECISIONS, UNPARSED, DECIDING_CHANGELOG)
        super().__init__(broker, directory, dict(zip(self.topics.names, declared, strict=True)))

    def worker(
        self, name: str = "one", *, receipt_window: float = 1e9, poll_seconds: Sequence[float] = (1e6,)
    ) -> Worker:
        return self.process(name, deciding=self.said(receipt_window, poll_seconds))

    def said(self, receipt_window: float = 1e9, poll_seconds: Sequence[float] = (1e6,)) -> dict[str, object]:
        return {
            "receipt_window": receipt_window,
            "stall_timeout": 60,
            "poll_seconds": poll_seconds,
            "polled": {"messente": ["sms"]},
            "topics": asdict(self.topics),
        }

    async def ask(self, *requests: Request) -> None:
        records = [(request.message_id.encode(), encode_request(request)) for request in requests]
        await self.write(self.topics.requests, records)

    async def tell(self, *records: Record) -> None:
        keyed = [(r.message_id if isinstance(r, Attempt) else r.retired, encode_record(r)) for r in records]
        await self.write(self.topics.attempts, [(key.encode(), value) for key, value in keyed])

    async def decisions(self) -> list[Decision]:
        """All that were written, each where its message's request is."""
        requests = {record.key: record.partition for record in await self.read(self.topics.requests)}
        records = await self.read(self.topics.decisions)
        decided = [decode_decision(record.value) for record in records]
        for record, decision in zip(records, decided, strict=True):
            assert record.key == decision.message_id.encode()
            assert requests.get(record.key, record.partition) == record.partition
        return decided

    async def until_decided(self, ids: Iterable[str], seconds: float = 40) -> list[Decision]:
        """Every decision, once those of ``ids`` are among them."""
        wanted = set(ids)

        async def look() -> list[Decision] | None:
            decided = await self.decisions()
            return decided if wanted <= {each.decision_id for each in decided} else None

        return await self.eventually(look, seconds)


async def _read(consumer: AIOKafkaConsumer, topic: str) -> list[ConsumerRecord]:
    consumer._client.add_topic(topic)
    while not (partitions := consumer.partitions_for_topic(topic)):  # noqa: ASYNC110 - nor has its client
        await asyncio.sleep(0.02)
    places = [TopicPartition(topic, partition) for partition in sorted(partitions)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    found: dict[TopicPartition, list[ConsumerRecord]] = {place: [] for place in places}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            found[place] += records
    return [record for place in places for record in found[place]]


@pytest.fixture
async def ground(broker: Broker, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(broker, tmp_path)
    await ground.prepare()
    try:
        yield ground
    finally:
        ground.end()


@pytest.fixture
async def deciding_ground(broker: Broker, tmp_path: Path) -> AsyncIterator[DecidingGround]:
    ground = DecidingGround(broker, tmp_path)
    await ground.prepare()
    try:
        yield ground
    finally:
        ground.end()
