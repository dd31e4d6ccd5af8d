"""Tracking: load, fold, store, emit, for one batch of one partition after the other.

Why nothing is lost and everything is told at least once. For each key:

1. A state is always the fold of *all* events of its key up to an offset, ``version / 2``. The agent reads them in
   order and the fold is a join, so reading some again changes nothing, and two states of equal version are equal.
2. A batch is folded and stored locally in one step without a pause, so no two writers interleave. The outbox then
   writes the changelog and the attempts (and whatever could not be read), each partition's in the order of the
   batches, and waits for the acknowledgement of all of it; only then is the batch acknowledged, in the order of the
   batches. Batches that wait for the outbox together are written together, and none of them is acknowledged before
   all are. So an offset is committed after everything that it led to is in Kafka.
3. A worker that dies before may leave a local store that is ahead of the changelog, a changelog that is ahead of the
   attempts, or attempts that are ahead of the changelog. Its successor (the same with its store, one with an older
   store, one with none) reads from the committed offset again. Where its state does not know an event, the fold leads
   to the same state and version as it did before, which is written and emitted (again). Where the state does know it
   (its version says so), the fold changes nothing, and the state is written and emitted *all the same*: whatever of
   it was lost is made good, and whatever was not is the same record once more, which versions let everybody tell.
   Only an event with a new offset that says nothing new is passed over in silence.
4. Before partitions are given up, what is under way is completed and committed. A worker that was cut off for longer
   than its session cannot know, and may write an older state behind its successor's newer one: recovery therefore
   keeps the greater version (``streams.table``), and so does whoever keeps the rows.

When a message claims an attempt that had been tracked without one, an alias that retires the derived id follows the
attempt. Whether it is due depends on the order of the events alone, not on how they were cut into batches, so it is
repeated as the rest is.

An attempt that was closed has left the table (``streams.closing``). What comes later starts a state of its own, in the
month of its own first event. Its versions are made of later offsets, so they are greater than that of the closed one:
whoever keeps the rows (the sink) joins it with what is known (``delivery.attempts.join``), under the greater version
and the older month.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any

from faust.types import EventT

from delivery.standing import Attempt, Record, encode_record
from delivery.windows import Window, encode_window
from streams import metrics
from streams.changes import Change, Changes
from streams.config import TrackingTopics
from streams.folding import Folded, fold_batch
from streams.outbox import Outbox
from streams.states import Tracked, decode_tracked, encode_tracked
from streams.store import PartitionStore
from streams.transport import Published
from streams.writing import Entries, KafkaWriter


class Writer(KafkaWriter[TrackingTopics]):
    """Writes attempts and conversation windows too."""

    async def emit(self, records: Iterable[Record]) -> Published:
        """Attempts go by their message, an alias by the id that it retires."""
        topics = self._topics
        return await self.spread(topics.attempts, topics.attempts_partitions, (keyed(record) for record in records))

    async def tell(self, folded: Sequence[Folded]) -> Published:
        published = await self.emit(record for each in folded for record in each.records)
        published += await self.open(window for each in folded for window in each.windows)
        return published + await self.set_aside(item for each in folded for item in each.poison)

    async def open(self, windows: Iterable[Window]) -> Published:
        entries = ((window.key.encode(), encode_window(window)) for window in windows)
        return await self.spread(self._topics.windows, self._topics.windows_partitions, entries)


def keyed(record: Record) -> tuple[bytes, bytes]:
    key = record.message_id if isinstance(record, Attempt) else record.retired
    return key.encode(), encode_record(record)


class Tracker:
    """Folds batches into the store; what follows from that is left to the outbox."""

    def __init__(self, store: PartitionStore, writer: Writer, outbox: Outbox) -> None:
        self._store = store
        self._changes = Changes(store, writer, outbox, writer.tell)

    def take(self, event: EventT[Any], acknowledge: Callable[[], None]) -> None:
        """Fold one batch and store what changed, at once; ``acknowledge`` is called when all of it is in Kafka.

        The outbox must have room.
        """
        began = monotonic()
        partition: int = event.message.partition
        folded = fold_batch(event.value, lambda keys: self._load(partition, keys))
        entries: Entries = [(key, encode_tracked(tracked)) for key, tracked in folded.written.items()]
        self._changes.put(Change(partition, entries, folded, acknowledge), len(event.value))
        _measure(folded, monotonic() - began)

    def _load(self, partition: int, keys: Sequence[bytes]) -> list[Tracked | None]:
        return [None if value is None else decode_tracked(value) for value in self._store.read(partition, keys)]


def _measure(folded: Folded, seconds: float) -> None:
    metrics.BATCHES.inc()
    metrics.BATCH_SECONDS.observe(seconds)
    for (provider, kind), count in folded.kinds.items():
        metrics.EVENTS.labels(provider, kind).inc(count)
    for provider, count in folded.unknown.items():
        metrics.UNKNOWN_CODES.labels(provider).inc(count)
    for kind, count in Counter(type(record).__name__.lower() for record in folded.records).items():
        metrics.EMITTED.labels(kind).inc(count)
    for provider, count in Counter(item.provider for item in folded.poison).items():
        metrics.POISON.labels(provider).inc(count)
