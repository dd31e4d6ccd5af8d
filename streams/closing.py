"""Closing: an attempt whose receipt window has passed is told once more, and leaves the table.

The window runs from when the attempt was last heard of, by our own clock: the latest receipt among its facts (one that
said nothing new is no fact), or the time that it was scheduled for, if that is later. ``closed_at`` is the end of the
window, not the moment when that was found: so it does not depend on when the look was taken, and closing an attempt
again after a crash gives the same record.

It is emitted in a version of its own (the last event's plus one) before it leaves; see ``streams.sweeping``.

A partition with unread events is looked at in the time of the last one that was read: what its attempts still wait for
may be among those.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from delivery.attempts import AttemptState, close
from delivery.standing import Attempt
from streams import metrics
from streams.outbox import Outbox
from streams.states import VERSIONS_PER_OFFSET, Tracked, decode_tracked
from streams.store import PartitionStore
from streams.sweeping import Sweep
from streams.tracking import Writer
from streams.transport import acknowledged


class Closing(Sweep[Tracked, Writer]):
    """``window`` is how long an attempt is waited for."""

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
        super().__init__(store, writer, outbox, interval=interval, keys=keys)
        self._window = window

    def _read(self, value: bytes) -> Tracked:
        return decode_tracked(value)

    def _is_due(self, state: Tracked, now: datetime, committed: int) -> bool:
        return deadline(state.state, self._window) <= now and state.version < VERSIONS_PER_OFFSET * committed

    async def _tell(self, states: Sequence[Tracked]) -> None:
        await acknowledged(await self._writer.emit([closed(tracked, self._window) for tracked in states]))

    def _count(self, gone: int) -> None:
        metrics.CLOSED.inc(gone)


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
