"""What a batch led to, completed: in the changelog and told, and only then acknowledged.

The changes of a partition are in the store already, in this order. Those that wait for the outbox together are written
together, and none of them is acknowledged before all are.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from streams.outbox import Outbox
from streams.store import PartitionStore, Value
from streams.transport import Published, acknowledged
from streams.writing import Entries, KafkaWriter

Led = TypeVar("Led")


class Change(NamedTuple, Generic[Led]):
    """What one batch of a partition led to; ``acknowledge`` is called when all of it is in Kafka."""

    partition: int
    entries: Entries
    led_to: Led
    acknowledge: Callable[[], None]


class Changes(Generic[Led]):
    """``tell`` publishes what the batches led to beside the changelog, in their order."""

    def __init__(
        self,
        store: PartitionStore,
        writer: KafkaWriter[Any],
        outbox: Outbox,
        tell: Callable[[Sequence[Led]], Awaitable[Published]],
    ) -> None:
        self._store = store
        self._writer = writer
        self._outbox = outbox
        self._tell = tell

    def put(self, change: Change[Led], records: int) -> None:
        """Store the entries, at once, and have the rest done; the outbox must have room."""
        if change.entries:
            self._store.write(change.partition, change.entries)
        self._outbox.put(self._complete, change, records)

    async def _complete(self, changes: Sequence[Change[Led]]) -> None:
        entries: defaultdict[int, list[tuple[bytes, Value]]] = defaultdict(list)
        for change in changes:
            entries[change.partition] += change.entries
        changelog = {
            partition: await self._writer.changelog(partition, its) for partition, its in entries.items() if its
        }
        others = await self._tell([change.led_to for change in changes])
        for partition, published in changelog.items():
            offset = await acknowledged(published)
            if offset is not None:
                self._store.write(partition, (), offset)
        await acknowledged(others)
        for change in changes:
            change.acknowledge()
