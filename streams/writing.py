"""Writes to Kafka what follows from changes, each record to the partition that its key belongs to."""

from collections.abc import Iterable, Sequence

from delivery.topics import UNPARSED
from delivery.unparsed import Unparsed, encode_unparsed
from streams.partitioner import partition_for
from streams.store import Value
from streams.transport import IdempotentProducer, Published

Entries = Sequence[tuple[bytes, Value]]


class KafkaWriter:
    """``changelog`` is the topic of the table's changes, ``unparsed`` that of records that could not be read."""

    def __init__(
        self,
        producer: IdempotentProducer,
        *,
        changelog: str,
        unparsed: str,
        unparsed_partitions: int = UNPARSED.partitions,
    ) -> None:
        self._producer = producer
        self._changelog = changelog
        self._unparsed = unparsed
        self._unparsed_partitions = unparsed_partitions

    async def changelog(self, partition: int, entries: Entries) -> Published:
        return await self._producer.publish(self._changelog, partition, entries)

    async def set_aside(self, poison: Iterable[Unparsed]) -> Published:
        entries = ((item.provider.encode(), encode_unparsed(item)) for item in poison)
        return await self.spread(self._unparsed, self._unparsed_partitions, entries)

    async def spread(self, topic: str, count: int, entries: Iterable[tuple[bytes, bytes]]) -> Published:
        """Publish to a topic of ``count`` partitions, each one's records in their order."""
        by_partition: dict[int, list[tuple[bytes, Value]]] = {}
        for entry in entries:
            by_partition.setdefault(partition_for(entry[0], count), []).append(entry)
        published: Published = []
        for partition, batch in by_partition.items():
            published += await self._producer.publish(topic, partition, batch)
        return published
