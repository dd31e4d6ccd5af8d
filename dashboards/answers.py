"""The shapes of the API's answers. Whoever reads them must bear fields that are added."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct, field

from dashboards.decision_answers import DecisionAnswer
from dashboards.telling_answers import NoticeAnswer
from delivery.calls import Result
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome
from delivery.events import Precision, Zone
from delivery.messages import MessageOutcome
from delivery.number_types import NumberType
from delivery.orders import Priority, Store
from delivery.outlines import PlanOutline
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage
from delivery.standing import Clock, Contradiction


class EventKind(StrEnum):
    SEND = "send"
    STATUS = "status"
    REPLY = "reply"


class RequestKind(StrEnum):
    MESSAGE = "message"
    CANCEL = "cancel"
    SETTLE = "settle"


class CallKind(StrEnum):
    CALLING = "calling"
    CALLED = "called"
    DOUBT = "doubt"


class StateFrom(StrEnum):
    """Who worked out an attempt's state."""

    TRACKING = "tracking"
    """The tracking worker; this is the state that failover acts upon."""
    EVENTS = "events"
    """This answer, from the events that it lists: the tracking worker's word has not arrived yet."""


class PayloadAnswer(Struct, kw_only=True):
    """What was received, without it: `sha256` is of the whole request, of which this report was number `index` (from 0)
    of `count`; `bytes` is how long this report is.
    """

    sha256: str
    index: int
    count: int
    bytes: int
    content_type: str


class EventAnswer(Struct, kw_only=True):
    """One event. `occurred_at` is the provider's claim (None where it made none), `received_at` the first receipt, and
    `copies` how many records of the events topic carry it. A reply has no stage.

    Of the claim, `occurred_text` is how it was written, `zone` whether that said its zone, and `precision` what it is
    good to. `elapsed_seconds` is a delivery time that the provider computed itself; with `timed` false it has none.
    `payload` is that of the first receipt, None where nothing was received, as of what others sent.
    """

    event_id: str
    kind: EventKind
    stage: Stage | None
    code: str
    occurred_at: datetime | None
    received_at: datetime
    copies: int
    code_text: str
    reason: Reason | None
    final: bool
    source: str
    zone: Zone | None
    precision: Precision | None
    occurred_text: str
    elapsed_seconds: float | None
    timed: bool
    payload: PayloadAnswer | None


class AttemptAnswer(Struct, kw_only=True):
    """An attempt as it stands. `delivery_seconds` was read from `clock`; `handle` is what the provider is asked by,
    where that is not `ref`. `step` is which of its message it is, where we sent it, and `tries` how often that had been
    sent before; `expected_cost` is what its sending was expected to cost, in the currency of the settings' prices, None
    where that is not known; `sender` is our own number or name. `pending_events` counts events that are listed and that
    the state does not know of yet: 0 but for the seconds by which one part runs ahead of another.
    """

    provider: str
    ref: str
    channel: Channel
    message_id: str
    stage: Stage
    reason: Reason | None
    final: bool
    revised: bool
    contradictions: tuple[Contradiction, ...]
    times: dict[Stage, datetime]
    delivery_seconds: float | None
    clock: Clock | None
    code: str
    reason_text: str
    recipient: str | None
    country: str | None
    number_type: NumberType | None
    carrier: str | None
    sender: str | None
    """A guess: whose the recipient's number first was."""
    reference: str | None
    handle: str | None
    step: int | None
    tries: int
    expected_cost: Decimal | None
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    replied_at: datetime | None
    state_from: StateFrom
    pending_events: int
    events_left_off: bool
    events: list[EventAnswer]


class ReplyAnswer(Struct, kw_only=True):
    """That a person wrote back, on the attempt that it answers. What was written is personal and is not shown."""

    event_id: str
    provider: str
    ref: str
    channel: Channel
    occurred_at: datetime | None
    received_at: datetime
    copies: int


class RequestAnswer(Struct, kw_only=True):
    """What a caller asked: to send it (`message`), to withdraw it (`cancel`), or to heed what was found of a step in
    doubt (`settle`). The recipient's number is masked, and what was to be said is personal and is not shown.
    `send_at` is what the provider is to be told, `begins_at` when we are to begin; `plan` is its name.
    """

    kind: RequestKind
    received_at: datetime
    provider: str | None
    channel: Channel | None
    recipient: str | None
    country: str | None
    reference: str | None
    send_at: datetime | None
    ttl_seconds: int | None
    priority: Priority | None
    store: Store | None
    on_doubt: OnDoubt | None
    begins_at: datetime | None
    plan: str
    plan_version: str
    step: int | None
    tries: int | None
    finding: Finding | None
    ref: str | None
    resend: bool


class CallAnswer(Struct, kw_only=True):
    """A provider is about to be called (`calling`), was called (`called`, with the result), or nobody can tell what
    came of it (`doubt`, with why). `tries` counts HTTP requests; `text` is the provider's own words.
    """

    decision_id: str
    kind: CallKind
    at: datetime
    provider: str
    step: int | None
    result: Result | None
    refs: list[str]
    code: str
    text: str
    reason: Reason | None
    tries: int | None
    status: int | None
    looked_up: bool
    why: str


class DoubtAnswer(Struct, kw_only=True):
    """A step of which nobody can tell whether its provider took it, since when, and how that came about.

    `tries` is how often it had been sent again before: a finding about it must say the same.
    """

    message_id: str
    step: int
    tries: int
    provider: str
    since: datetime
    why: str


class MessageAnswer(Struct, kw_only=True):
    """A message with all attempts at it, and all that was asked, decided and called about it.

    `plan` is what its steps are, `failover` what came of having sent more than one, as far as is known. `doubts` are
    its steps in doubt, `notices` what the caller's application was told of it. `alias_of` is its id where it was asked
    for under a retired one.
    """

    message_id: str
    outcome: MessageOutcome
    plan: PlanOutline | None
    failover: FailoverOutcome | None
    attempts: list[AttemptAnswer]
    requests: list[RequestAnswer]
    decisions: list[DecisionAnswer]
    calls: list[CallAnswer]
    doubts: list[DoubtAnswer]
    notices: list[NoticeAnswer]
    records_left_off: bool
    replies: list[ReplyAnswer]
    alias_of: str | None = None


class AttemptSummary(Struct, kw_only=True):
    """An attempt in a listing: how it stands, without its events. `code` is the provider's own, `met` says whether this
    one meets all filters: a listed message has others too.
    """

    provider: str
    ref: str
    channel: Channel
    stage: Stage
    reason: Reason | None
    code: str
    final: bool
    revised: bool
    delivery_seconds: float | None
    clock: Clock | None
    country: str | None
    reference: str | None
    step: int | None
    tries: int
    opened_at: datetime
    updated_at: datetime
    met: bool


class MessageSummary(Struct, kw_only=True):
    """A message in a listing. `opened_at` is when it was asked for, or the first receipt of its attempts: of what of
    these met the filters the earliest. `plan` is its plan's name, "" for one that came with the request.
    """

    message_id: str
    outcome: MessageOutcome
    plan: str | None
    failover: FailoverOutcome | None
    opened_at: datetime
    attempts: list[AttemptSummary]


class Listing(Struct, kw_only=True):
    """Messages, newest first; `next_cursor` is None on the last page."""

    messages: list[MessageSummary]
    next_cursor: str | None


class AttemptCount(Struct, kw_only=True):
    """How many attempts meet all filters: as many as a report counts that leads to them."""

    attempts: int


class Doubts(Struct, kw_only=True):
    """Steps in doubt, the oldest first; `next_cursor` is None on the last page."""

    doubts: list[DoubtAnswer]
    next_cursor: str | None


class ErrorAnswer(Struct, kw_only=True):
    error: str
    field_at_fault: str | None = field(default=None, name="field")


class Health(Struct, kw_only=True):
    """What is not ready and why; empty when all is."""

    not_ready: dict[str, str]
