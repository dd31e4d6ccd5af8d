"""Writes to Kafka what follows from changes, each record to the partition that its key belongs to."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from delivery.unparsed import Unparsed, encode_unparsed
from streams.config import WorkerTopics
from streams.partitioner import partition_for
from streams.store import Value
from streams.transport import IdempotentProducer, Published

Entries = Sequence[tuple[bytes, Value]]
Topics = TypeVar("Topics", bound=WorkerTopics)


class KafkaWriter(Generic[Topics]):
    """Writes the table's changes, and what could not be read; ``topics`` says where to."""

    def __init__(self, producer: IdempotentProducer, topics: Topics) -> None:
        self._producer = producer
        self._topics = topics

    async def changelog(self, partition: int, entries: Entries) -> Published:
        return await self._producer.publish(self._topics.changelog, partition, entries)

    async def set_aside(self, poison: Iterable[Unparsed]) -> Published:
        entries = ((item.provider.encode(), encode_unparsed(item)) for item in poison)
        return await self.spread(self._topics.unparsed, self._topics.unparsed_partitions, entries)

    async def spread(self, topic: str, count: int, entries: Iterable[tuple[bytes, bytes]]) -> Published:
        """Publish to a topic of ``count`` partitions, each one's records in their order."""
        by_partition: dict[int, list[tuple[bytes, Value]]] = {}
        for entry in entries:
            by_partition.setdefault(partition_for(entry[0], count), []).append(entry)
        published: Published = []
        for partition, batch in by_partition.items():
            published += await self._producer.publish(topic, partition, batch)
        return published
