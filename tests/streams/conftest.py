"""Topics of a test's own on the shared broker, workers in processes, and what they leave in Kafka."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
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
from delivery.attempts import AttemptState, fold
from delivery.channels import Channel
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
from delivery.stages import Stage
from delivery.standing import Alias, Attempt, decode_record
from delivery.topics import ATTEMPTS, EVENTS, TRACKING_CHANGELOG, UNPARSED
from streams.config import TrackingTopics

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


class Ground:
    """The topics of one test on the shared broker."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.broker = broker
        self.directory = directory
        self.topics = TrackingTopics(
            group=f"{name}-tracking", events=f"{name}.events", attempts=f"{name}.attempts", unparsed=f"{name}.unparsed"
        )
        self._workers: list[Worker] = []

    async def prepare(self) -> None:
        declared = (EVENTS, ATTEMPTS, UNPARSED, TRACKING_CHANGELOG)
        topics = [
            msgspec.structs.replace(topic, name=name) for topic, name in zip(declared, self.topics.names, strict=True)
        ]
        await ensure_topics(self.broker.bootstrap_servers, topics=topics)

    async def renew(self) -> None:
        """Remove every topic and make it anew, as somebody might who has lost patience."""
        async with asyncio.timeout(30):
            admin = AIOKafkaAdminClient(bootstrap_servers=self.broker.bootstrap_servers)
            await admin.start()
            try:
                await admin.delete_topics(list(self.topics.names))
                while set(self.topics.names) & set(await admin.list_topics()):  # noqa: ASYNC110 - Kafka has no event
                    await asyncio.sleep(0.1)
            finally:
                await admin.close()
        await self.prepare()

    def worker(self, name: str = "one", *, receipt_window: float = 1e9, stall_timeout: float = 60) -> Worker:
        said = {
            "bootstrap_servers": self.broker.bootstrap_servers,
            "data_dir": str(self.data_dir(name)),
            "instance_id": name,
            "receipt_window": receipt_window,
            "stall_timeout": stall_timeout,
            "topics": asdict(self.topics),
        }
        command = [sys.executable, str(SCRIPT), json.dumps(said)]
        worker = Worker(command, self.directory / f"{name}.log")
        self._workers.append(worker)
        return worker

    def data_dir(self, name: str = "one") -> Path:
        return self.directory / name

    def end(self) -> None:
        for worker in self._workers:
            if worker.running():
                worker.kill()

    async def publish(self, events: Iterable[Event]) -> None:
        await self.publish_raw((event.key.encode(), encode(event)) for event in events)

    async def publish_raw(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        async with asyncio.timeout(30):
            producer = AIOKafkaProducer(
                bootstrap_servers=self.broker.bootstrap_servers, acks="all", enable_idempotence=True, linger_ms=5
            )
            await producer.start()
            try:
                await asyncio.gather(
                    *[await producer.send(self.topics.events, value, key=key) for key, value in records]
                )
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

    @staticmethod
    async def eventually(look: Callable[[], Awaitable[Found | None]], seconds: float = 40) -> Found:
        """What ``look`` finds, once it finds something."""
        deadline = time.monotonic() + seconds
        while (found := await look()) is None:
            assert time.monotonic() < deadline, "it did not come to that in time"
            await asyncio.sleep(0.2)
        return found

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
