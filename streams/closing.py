"""Closing: an attempt whose receipt window has passed is told once more, and leaves the table.

The window runs from when the attempt was last heard of, by our own clock: the latest receipt among its facts (one that
said nothing new is no fact), or the time that it was scheduled for, if that is later. ``closed_at`` is the end of the
window, not the moment when that was found: so it does not depend on when the look was taken, and closing an attempt
again after a crash gives the same record.

It is emitted first, in a version of its own (the last event's plus one), and only when Kafka has that does it leave
the store and the changelog, unless an event has come meanwhile. A crash in between closes it again.

Each look takes a bounded number of a partition's keys, in the store's own order, and goes on from there at the next:
no timer for each attempt, nothing to rebuild in recovery. A partition with unread events is looked at in the time of
the last one that was read: what its attempts still wait for may be among those.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from delivery.attempts import AttemptState, close
from delivery.standing import Attempt
from streams import metrics
from streams.outbox import Outbox
from streams.states import VERSIONS_PER_OFFSET, Tracked, decode_tracked, version_of
from streams.store import PartitionStore
from streams.tracking import Writer
from streams.transport import acknowledged

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

Due = Sequence[tuple[bytes, Tracked]]


class Look(Struct):
    """How far the look through a partition has come, and when it may begin again."""

    again_at: datetime
    after: bytes | None = None
    done: bool = True


class Closing:
    """``interval`` is the least time between the beginnings of two looks through a partition, ``keys`` the bound."""

    def __init__(
        self,
        store: PartitionStore,
        writer: Writer,
        outbox: Outbox,
        *,
        window: timedelta,
        interval: timedelta,
        keys: int,
    ) -> None:
        self._store = store
        self._writer = writer
        self._outbox = outbox
        self._window = window
        self._interval = interval
        self._keys = keys
        self._looks: dict[int, Look] = {}
        self._turn = -1

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
        """Take one bounded look, and have closed what is due at ``time_of_partition``.

        ``committed`` is the partition's committed offset. The outbox must have room.
        """
        look = self._looks[partition]
        entries = self._store.scan(partition, look.after, self._keys)
        look.done = len(entries) < self._keys
        look.after = entries[-1][0] if entries else look.after
        tracked = ((key, decode_tracked(value)) for key, value in entries)
        due = [
            (key, known)
            for key, known in tracked
            if deadline(known.state, self._window) <= time_of_partition
            and known.version < VERSIONS_PER_OFFSET * committed
        ]
        if due:
            self._outbox.put(self._complete, (partition, due), len(due))

    async def _complete(self, found: Sequence[tuple[int, Due]]) -> None:
        for partition, due in found:
            await acknowledged(await self._writer.emit([closed(tracked, self._window) for _, tracked in due]))
            gone = self._unchanged(partition, due)
            if gone:
                tombstones = [(key, None) for key in gone]
                self._store.write(partition, tombstones)
                offset = await acknowledged(await self._writer.changelog(partition, tombstones))
                self._store.write(partition, (), offset)
            metrics.CLOSED.inc(len(gone))

    def _unchanged(self, partition: int, due: Due) -> list[bytes]:
        """Those that no event has come for since. No pause may come between this and the deletion."""
        stored = self._store.read(partition, [key for key, _ in due])
        return [
            key
            for (key, tracked), value in zip(due, stored, strict=True)
            if value is not None and version_of(value) == tracked.version
        ]


def last_heard(state: AttemptState) -> datetime:
    """The latest receipt among the facts of an attempt."""
    facts = [*state.stages.values(), state.send, state.trouble, state.replied]
    return max([state.opened_at, *(fact.received_at for fact in facts if fact)])


def deadline(state: AttemptState, window: timedelta) -> datetime:
    """When the receipt window of an attempt closes."""
    heard = last_heard(state)
    awaited_from = max(heard, state.scheduled_for) if state.scheduled_for else heard
    return awaited_from.astimezone(UTC) + window


def closed(tracked: Tracked, window: timedelta) -> Attempt:
    """How an attempt stands once its window has closed."""
    state = close(tracked.state, deadline(tracked.state, window))
    closed_version = tracked.version + 1
    return msgspec.structs.replace(tracked, state=state, version=closed_version).attempt()
