"""Topics of a test's own on the shared broker, and workers in processes that may be killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from acuse.local.broker import Broker
from acuse.topics import ensure_topics
from delivery.topics import (
    Topic,
)

SCRIPT = Path(__file__).parents[1] / "streams" / "worker_process.py"
ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")


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

    def stop(self) -> None:
        """It must have ended in order."""
        assert self._signalled(signal.SIGTERM) == 0, self.log.read_text()[-3000:]

    def wait(self, seconds: float) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _signalled(self, number: signal.Signals) -> int:
        assert self.process is not None
        os.kill(self.process.pid, number)
        return self.process.wait(90)


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
        async with asyncio.timeout(120):
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
        async with asyncio.timeout(120):
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
        async with asyncio.timeout(120):
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.broker.bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
            )
            await consumer.start()
            try:
                return await _read(consumer, topic)
            finally:
                await consumer.stop()

    async def records_in(self, topic: str, count: int = 1) -> list[ConsumerRecord]:
        """All of them, once there are so many."""

        async def look() -> list[ConsumerRecord] | None:
            records = await self.read(topic)
            return records if len(records) >= count else None

        return await self.eventually(look)

    @staticmethod
    async def eventually(look: Callable[[], Awaitable[Found | None]], seconds: float = 150) -> Found:
        """What ``look`` finds, once it finds something."""
        deadline = time.monotonic() + seconds
        while (found := await look()) is None:
            assert time.monotonic() < deadline, "it did not come to that in time"
            await asyncio.sleep(0.2)
        return found


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
