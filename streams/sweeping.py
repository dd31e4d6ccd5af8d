"""Looks through the table for what has lived its time, and removes it.

Each look takes a bounded number of a partition's keys, in the store's own order, and goes on from there at the next:
no timer for each key, nothing to rebuild in recovery. What is due is told first, where there is anything to tell, and
only when Kafka has that does it leave the store and the changelog, unless it has changed meanwhile. A crash in between
tells it again.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, NamedTuple, TypeVar

from msgspec import Struct

from streams.outbox import Outbox
from streams.store import PartitionStore
from streams.transport import acknowledged
from streams.writing import KafkaWriter

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

State = TypeVar("State")
Wrote = TypeVar("Wrote", bound=KafkaWriter[Any])


class Due(NamedTuple):
    """An entry of the table whose time has come; ``state`` is what its value says."""

    key: bytes
    value: bytes
    state: Any


class Look(Struct):
    """How far the look through a partition has come, and when it may begin again."""

    again_at: datetime
    after: bytes | None = None
    done: bool = True


class Sweep(ABC, Generic[State, Wrote]):
    """``interval`` is the least time between the beginnings of two looks through a partition, ``keys`` the bound."""

    def __init__(self, store: PartitionStore, writer: Wrote, outbox: Outbox, *, interval: timedelta, keys: int) -> None:
        self._store = store
        self._writer = writer
        self._outbox = outbox
        self._interval = interval
        self._keys = keys
        self._looks: dict[int, Look] = {}
        self._turn = -1

    @abstractmethod
    def _read(self, value: bytes) -> State:
        """What an entry's value says."""

    @abstractmethod
    def _is_due(self, state: State, now: datetime, committed: int) -> bool:
        """Whether an entry may go, as far as the source is committed."""

    async def _tell(self, states: Sequence[State]) -> None:
        """Tell of what is going, and return once Kafka has that."""

    def _count(self, gone: int) -> None:
        """So many have left the table."""

    def keep_to(self, partitions: frozenset[int]) -> None:
        """Look through these, and forget those that are no longer this worker's."""
        self._looks = {partition: self._looks.get(partition, Look(LONG_AGO)) for partition in sorted(partitions)}

    def next_partition(self, now: datetime) -> int | None:
        """Whose turn it is, if any's: they take turns, so that each tick costs the same."""
        turns = sorted(self._looks, key=lambda partition: (partition <= self._turn, partition))
        for partition in turns:
            look = self._looks[partition]
            if look.done and look.again_at <= now:
                look.after, look.done, look.again_at = None, False, now + self._interval
            if not look.done:
                self._turn = partition
                return partition
        return None

    def look(self, partition: int, time_of_partition: datetime, committed: int) -> None:
        """Take one bounded look, and have removed what is due at ``time_of_partition``.

        ``committed`` is the source's committed offset in the partition. The outbox must have room.
        """
        look = self._looks[partition]
        entries = self._store.scan(partition, look.after, self._keys)
        look.done = len(entries) < self._keys
        look.after = entries[-1][0] if entries else look.after
        known = (Due(key, value, self._read(value)) for key, value in entries)
        due = [each for each in known if self._is_due(each.state, time_of_partition, committed)]
        if due:
            self._outbox.put(self._complete, (partition, due), len(due))

    async def _complete(self, found: Sequence[tuple[int, Sequence[Due]]]) -> None:
        for partition, due in found:
            await self._tell([each.state for each in due])
            gone = self._unchanged(partition, due)
            if gone:
                tombstones = [(key, None) for key in gone]
                self._store.write(partition, tombstones)
                offset = await acknowledged(await self._writer.changelog(partition, tombstones))
                self._store.write(partition, (), offset)
            self._count(len(gone))

    def _unchanged(self, partition: int, due: Sequence[Due]) -> list[bytes]:
        """Those that nothing has come for since. No pause may come between this and the deletion."""
        stored = self._store.read(partition, [each.key for each in due])
        return [each.key for each, value in zip(due, stored, strict=True) if value == each.value]
