"""A table that is written once a key and batch, and whose changelog is the writer's business.

Faust's own table sends a changelog record for each assignment and forgets about it: a failed one is a log line. Here
the store is written at once and the changelog by ``streams.outbox``, in the same order and acknowledged before the
offset that caused it is committed. So the store may run ahead of the changelog, never behind it, and what it ran ahead
by is read again from the events.
"""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from faust.tables.table import Table
from faust.types import TP, EventT

from streams.states import version_of
from streams.store import PartitionStore, Value
from streams.transport import Records

RECOVERY_BATCHES: Final = 4
"""Batches applied to the store at once in recovery; Faust gives 1 a meaning of its own."""


class CoalescingTable(Table[bytes, bytes]):
    """Keys and values are bytes; every access names the partition."""

    def __init__(self, *args: Any, cache_bytes: int, write_buffer_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, recovery_buffer_size=RECOVERY_BATCHES, key_type=bytes, value_type=bytes, **kwargs)
        self._store_bounds: Mapping[str, int] = {
            "cache_bytes": cache_bytes,
            "write_buffer_bytes": write_buffer_bytes,
        }

    @abstractmethod
    def joined(self, known: bytes, value: bytes) -> bytes:
        """What two values of one key know together; ``known`` itself where the other adds nothing."""

    @property
    def entries(self) -> PartitionStore:
        return cast("PartitionStore", self.data)

    def _new_store(self) -> PartitionStore:
        return PartitionStore(
            self.app.conf.store,
            self.app,
            self,
            table_name=self.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            loop=self.loop,
            **self._store_bounds,
        )

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Take over what the changelog says, in its order; each message holds a batch of its records.

        A value is joined with what is known of its key: a worker that had been cut off may have written its older one
        behind its successor's. A deletion is obeyed: should it undo a newer value, what comes next begins anew.
        """
        latest: dict[TP, dict[bytes, Value]] = defaultdict(dict)
        offsets: dict[TP, int] = {}
        for event in batch:
            message = event.message
            self._take_over(latest[message.tp], cast("Records", message.value))
            offsets[message.tp] = message.offset
        for tp, entries in latest.items():
            stored = self.entries.read(tp.partition, list(entries))
            joined = [
                (key, self._known_together(known, value))
                for (key, value), known in zip(entries.items(), stored, strict=True)
            ]
            self.entries.write(tp.partition, joined, offsets[tp])

    def _take_over(self, entries: dict[bytes, Value], records: Records) -> None:
        for record in records:
            entries[record.key] = self._known_together(entries.get(record.key), record.value)

    def _known_together(self, known: Value, value: Value) -> Value:
        return value if known is None or value is None else self.joined(known, value)


class AttemptsTable(CoalescingTable):
    """Tracking's: versions tell which value is newer, and the newer knows all that the older does."""

    def joined(self, known: bytes, value: bytes) -> bytes:
        return known if version_of(value) < version_of(known) else value
