"""Forgetting: a message of which nothing more is awaited leaves the table, so that this does not grow for ever.

It does so a receipt window after the last request or receipt, or after the time it was to be sent at; until then the
same request once more is known for a repetition. One that may still be settled or withdrawn, since an attempt is under
way or none is known yet, is kept for longer; no attempt stays under way for ever, since tracking closes it.

A message that an uncommitted request is about stays: read again, that would begin it anew.
"""

from datetime import datetime, timedelta

from delivery.message_states import MessageState
from streams import metrics
from streams.deciding.decider import Writer
from streams.deciding.states import decode_state
from streams.outbox import Outbox
from streams.store import PartitionStore
from streams.sweeping import Sweep


class Forgetting(Sweep[MessageState, Writer]):
    """``window`` is how long a message is kept that is over, ``patience`` how long any other is."""

    def __init__(
        self,
        store: PartitionStore,
        writer: Writer,
        outbox: Outbox,
        *,
        window: timedelta,
        patience: timedelta,
        interval: timedelta,
        keys: int,
    ) -> None:
        super().__init__(store, writer, outbox, interval=interval, keys=keys)
        self._window = window
        self._patience = max(window, patience)

    def _read(self, value: bytes) -> MessageState:
        return decode_state(value)

    def _is_due(self, state: MessageState, now: datetime, committed: int) -> bool:
        heard = state.last_heard
        over = (state.ended() if state.asked else bool(state.attempts)) and not state.under_way
        kept = self._window if over else self._patience
        return (heard is None or heard + kept <= now) and state.requests_read < committed

    def _count(self, gone: int) -> None:
        metrics.DECIDING_FORGOTTEN.inc(gone)
