"""Records gathered into one batch for each partition, and all that are ready sent in one request.

aiokafka would gather them too. But it lets each partition's batch wait for itself, so that a request carries one or two
of them, and it makes a future, and wakes what sends, for each record or nearly so.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from ingest.ending import ended
from ingest.publisher import NothingPublished, Record

_partition_of: Final = DefaultPartitioner()


class Waiting(Protocol):
    """Whoever wants to know what became of a record."""

    def answered(self, error: BaseException | None) -> None:
        """Kafka has acknowledged one record, or there is an error, and it may have it or not."""


class _Batch(NamedTuple):
    builder: BatchBuilder
    waiting: list[Waiting]


class Place:
    """One partition: the batches that it has not been sent, and whether one is under way."""

    __slots__ = ("batches", "partition", "sending", "topic")

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.batches: deque[_Batch] = deque()
        self.sending = False


class Gathering:
    """A partition has one batch under way at most: what comes meanwhile makes up the next.

    The producer should not linger itself. ``failed`` is called with each error of Kafka's.
    """

    def __init__(
        self, producer: AIOKafkaProducer, *, linger_seconds: float, failed: Callable[[BaseException], None]
    ) -> None:
        self._producer = producer
        self._linger_seconds = linger_seconds
        self._failed = failed
        self._places: dict[str, list[Place]] = {}
        self._ready: dict[Place, None] = {}
        self._any_ready = asyncio.Event()
        self._sender = asyncio.create_task(self._send_all(), name="kafka-gathering")

    def place(self, record: Record) -> Place:
        """Where a record belongs. Raises `NothingPublished` if there is no such topic."""
        places = self._places.get(record.topic) or self._find(record.topic)
        place: Place = _partition_of(record.key, places, places)
        return place

    def add(self, place: Place, record: Record, waiting: Waiting) -> None:
        """Have a record sent, and ``waiting`` told what became of it."""
        batches = place.batches
        if not batches or _append(batches[-1].builder, record) is None:
            batches.append(_Batch(self._producer.create_batch(), []))
            _append(batches[-1].builder, record)
        batches[-1].waiting.append(waiting)
        if not place.sending:
            self._make_ready(place)

    async def stop(self) -> None:
        """Send nothing any more. What has been sent may still be answered."""
        await ended(self._sender)

    def _find(self, topic: str) -> list[Place]:
        partitions = self._producer.client.cluster.partitions_for_topic(topic)
        if not partitions:
            raise NothingPublished(f"the topic {topic} is not known")
        places = self._places[topic] = [Place(topic, partition) for partition in sorted(partitions)]
        return places

    def _make_ready(self, place: Place) -> None:
        self._ready[place] = None
        self._any_ready.set()

    async def _send_all(self) -> None:
        try:
            while True:
                await self._any_ready.wait()
                await asyncio.sleep(self._linger_seconds)
                self._any_ready.clear()
                ready, self._ready = self._ready, {}
                for place in ready:
                    await self._send(place)
        except Exception as error:  # noqa: BLE001 - whatever it is, only another producer can mend it
            self._failed(error)

    async def _send(self, place: Place) -> None:
        batch = place.batches.popleft()
        place.sending = True
        try:
            answer = await self._producer.send_batch(batch.builder, place.topic, partition=place.partition)
        except KafkaError as error:
            self._answered(place, batch, error)
        else:
            answer.add_done_callback(partial(self._on_answer, place, batch))

    def _on_answer(self, place: Place, batch: _Batch, answer: "asyncio.Future[object]") -> None:
        error = asyncio.CancelledError() if answer.cancelled() else answer.exception()
        self._answered(place, batch, error)

    def _answered(self, place: Place, batch: _Batch, error: BaseException | None) -> None:
        if error is not None:
            self._failed(error)
        for waiting in batch.waiting:
            waiting.answered(error)
        place.sending = False
        if place.batches:
            self._make_ready(place)


def _append(builder: BatchBuilder, record: Record) -> object | None:
    """None when the batch is full; an empty one takes any record."""
    appended: object | None = builder.append(timestamp=None, key=record.key, value=record.value)
    return appended
