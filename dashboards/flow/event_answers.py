"""The shapes in which events are answered as they come in. Whoever reads them must bear fields that are added."""

from datetime import datetime

from msgspec import Struct

from dashboards.answers import EventKind
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage


class LiveEvent(Struct, kw_only=True):
    """One record of the events topic, without what is personal but for the masked number.

    `occurred_at` is the provider's claim, None where it made none; `of_attempt` says whether `ref` is an attempt's: a
    reply may answer nothing in particular. What came in again, in another record, has the same `event_id`.
    """

    event_id: str
    kind: EventKind
    provider: str
    ref: str
    channel: Channel
    stage: Stage | None
    reason: Reason | None
    final: bool
    code: str
    code_text: str
    occurred_at: datetime | None
    received_at: datetime
    recipient: str | None
    country: str | None
    source: str
    of_attempt: bool


class LiveEvents(Struct, kw_only=True):
    """Events in the order in which they were received. `next_cursor` is what to ask `after` next time, also where there
    are none now; `more` says that there are more already than were asked for.
    """

    events: list[LiveEvent]
    next_cursor: str
    more: bool
