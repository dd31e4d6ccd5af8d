"""The table read through once, after partitions were assigned, to find what its messages wait for.

What waits is kept in memory alone, by those who are told here (``streams.deciding.polls``, ``streams.deciding.steps``).
A bounded number of a partition's keys is read at a time, so that nothing else has to wait for it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from delivery.message_states import MessageState
from streams.deciding.states import decode_state
from streams.store import PartitionStore

Time: TypeAlias = Callable[[int, bytes, MessageState, datetime], None]
"""Told of every message of a partition: its key, how it stands, and what time it is."""


class _Reading(Struct):
    after: bytes | None = None
    done: bool = False


class Timetable:
    """``keys`` is how many of a partition's are read at once."""

    def __init__(self, store: PartitionStore, told: Sequence[Time], *, keys: int) -> None:
        self._store = store
        self._told = told
        self._keys = keys
        self._readings: dict[int, _Reading] = {}
        self._generation: int | None = None

    def keep_to(self, partitions: frozenset[int], generation: int) -> bool:
        """These are this worker's. After a rebalance all are read again, which is what is answered then: somebody else
        may have had one in between.
        """
        renewed = generation != self._generation
        if renewed:
            self._generation = generation
            self._readings = {}
        self._readings = {number: self._readings.get(number, _Reading()) for number in sorted(partitions)}
        return renewed

    def read_on(self, partition: int, now: datetime) -> bool:
        """Read some more of a partition; whether it has been read to its end."""
        reading = self._readings[partition]
        if not reading.done:
            entries = self._store.scan(partition, reading.after, self._keys)
            for key, value in entries:
                state = decode_state(value)
                for tell in self._told:
                    tell(partition, key, state, now)
            reading.done = len(entries) < self._keys
            reading.after = entries[-1][0] if entries else reading.after
        return reading.done
