"""What was decided for a message, and why. The dispatcher does what is to be done.

A decision's id follows from what is decided, so that deciding again after a crash is the same decision: whoever acts
on decisions acts on each id once, and the first of an id in its topic counts.

Some decisions ask for nothing to be done: that it is waited, that it is over, what came of failing over. They are the
record of why nothing went out.
"""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.events import Moment
from delivery.orders import Order
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage


class MalformedDecision(ValueError):
    """The bytes are not a decision that any version of Acuse has written."""


class Why(StrEnum):
    """The rule that a decision follows."""

    REQUESTED = "requested"
    """A caller asked for it."""
    NO_RECEIPT_YET = "no_receipt_yet"
    """Nothing final was heard for as long as the polling schedule says."""
    SETTLED = "settled"
    """A person told what became of a step in doubt."""

    REJECTED = "rejected"
    """The provider refused the step before."""
    FAILED = "failed"
    """The step before was tried and failed for good."""
    TTL = "ttl"
    """The step before had not come far enough when its time was over."""
    WINDOW_CLOSED = "window_closed"
    """The step before needed a conversation window that was not open."""
    CIRCUIT_OPEN = "circuit_open"
    """The provider of the step before was being left alone."""
    NO_CREDIT = "no_credit"
    """The account of the step before has no credit."""
    IN_DOUBT = "in_doubt"
    """Nobody can tell whether the step before was taken, and the plan says to go on."""

    SCHEDULED = "scheduled"
    """It is to go out at a time that was asked for."""
    QUIET_HOURS = "quiet_hours"
    """The person is not to be disturbed now."""
    BACK_OFF = "back_off"
    """The same step is tried again a while after it failed."""
    HELD = "held"
    """The time of a step is over of which nobody can tell whether it was taken: nothing is sent until somebody can."""

    SUPERSEDED = "superseded"
    """A later step was sent, so an earlier one that has not gone out is withdrawn."""

    SUCCEEDED = "succeeded"
    """A step came as far as its plan asks for."""
    EXHAUSTED = "exhausted"
    """The last step failed."""
    STOPPED = "stopped"
    """The plan says to stop for the reason of the failure."""
    TOO_COSTLY = "too_costly"
    """The next step would cost more than the plan allows."""
    CANCELLED = "cancelled"
    """The caller withdrew the message."""
    NO_RECEIPT = "no_receipt"
    """Nothing conclusive was heard of the last step until its receipt window closed."""


class FailoverOutcome(StrEnum):
    """What came of having sent more than one step."""

    RESCUED = "rescued"
    """A later step arrived and no earlier one did."""
    NEEDLESS = "needless"
    """The first one arrived after all, and no later one did."""
    BOTH = "both"
    """More than one step arrived."""
    FAILED_TOO = "failed_too"
    """No step arrived."""


class SeenStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt as it stood when something was decided; ``step`` is None where it is not known which it is of."""

    provider: str
    ref: str
    channel: Channel
    stage: Stage
    heard_at: Moment
    final: bool = False
    reason: Reason | None = None
    step: int | None = None
    tries: int = 0


class Grounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a decision rests on.

    ``rule`` says in words what of the plan was followed; ``timer`` is the moment that had come, where it was one.
    ``reason`` is that of the failure. ``spent`` is what the steps before had cost; ``weights`` what the choices of the
    step weighed when one was picked.
    """

    rule: str
    plan: str = ""
    plan_version: str = ""
    seen: tuple[SeenStep, ...] = ()
    timer: Moment | None = None
    reason: Reason | None = None
    spent: Decimal | None = None
    weights: dict[str, int] = {}


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attempt at its provider. ``handle`` is what the provider wants to be asked by, where that is not ``ref``."""

    provider: str
    ref: str
    channel: Channel
    handle: str | None = None
    recipient: str | None = None
    """E.164, where it is known; personal."""


class _Decided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``decision_id`` names it for ever; ``why`` says by which rule, and ``grounds`` what it rests on where there is
    more to say.
    """

    decision_id: str
    message_id: str
    decided_at: Moment
    why: Why
    grounds: Grounds | None = None


class SendDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="send-decision.v1"):
    """Send this step: steps count from 1, and ``tries`` how often it had been sent before.

    It is not sent after ``expires_at``. Where it does not ``wait``, a provider that is being left alone counts as one
    that refuses, since another step or provider is there to be tried. ``choice`` is the index in the plan's step,
    ``cost`` what it is expected to cost.
    """

    step: int
    order: Order
    on_doubt: OnDoubt = OnDoubt.HOLD
    tries: int = 0
    expires_at: Moment | None = None
    waits: bool = True
    choice: int = 0
    cost: Decimal | None = None

    @property
    def reference(self) -> str:
        """Ours, for the provider to carry back: the first callback then heals a response that was lost."""
        return step_reference(self.message_id, self.step, self.tries)


class PollDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="poll-decision.v1"):
    """Ask the provider how far an attempt has come; ``round`` counts from 1."""

    target: Target
    round: int


class CancelDecision(
    _Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="cancel-decision.v1"
):
    """Withdraw an attempt that is not final."""

    target: Target


class SettleDecision(
    _Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="settle-decision.v1"
):
    """A step in doubt is in doubt no longer. Where ``resend``, a decision to send it again follows.

    ``cost`` is what sending it was expected to cost, where that is known.
    """

    step: int
    order: Order
    finding: Finding
    ref: str | None = None
    resend: bool = False
    cost: Decimal | None = None


class WaitDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="wait-decision.v1"):
    """Nothing goes out now: this step is due ``until`` then, or, without a time, when somebody can tell more."""

    step: int
    tries: int = 0
    until: Moment | None = None


class EndDecision(_Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="end-decision.v1"):
    """Nothing more will be sent. ``step`` is the one that succeeded, else the last one sent, 0 where none was.

    ``reference`` is the caller's own, for whoever tells them of it.
    """

    step: int = 0
    reference: str | None = None
    recipient: str | None = None
    """As it was asked for; personal."""


class OutcomeDecision(
    _Decided, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="outcome-decision.v1"
):
    """What came of having sent more than one step, as far as is known; a later one replaces it.

    ``step`` is the one that arrived first, 0 for none. ``extra_cost`` is what all sendings but the first are expected
    to have cost, where that is known, ``added_seconds`` how much later than the first was sent the later one arrived.
    """

    outcome: FailoverOutcome
    step: int = 0
    extra_cost: Decimal | None = None
    added_seconds: float | None = None


Decision: TypeAlias = (
    SendDecision | PollDecision | CancelDecision | SettleDecision | WaitDecision | EndDecision | OutcomeDecision
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)


def step_reference(message_id: str, step: int, tries: int = 0) -> str:
    """``message_id.step``, and ``.tries`` where there were any: names one sending wherever a provider carries it."""
    return f"{message_id}.{step}" if tries == 0 else f"{message_id}.{step}.{tries}"


def send_id(message_id: str, step: int, tries: int = 0) -> str:
    """The id of the decision to send a step; one that a person had repeated after doubt is another decision."""
    return f"{message_id}/{step}" if tries == 0 else f"{message_id}/{step}/{tries}"


def tries_in(decision_id: str) -> int:
    """How often a step had been sent again before, as the id says that ``send_id`` made."""
    _, _, tries = decision_id.partition("/")[2].partition("/")
    return int(tries) if tries.isdecimal() else 0


def poll_id(provider: str, ref: str, number: int) -> str:
    return f"poll/{provider}/{ref}/{number}"


def cancel_id(provider: str, ref: str) -> str:
    return f"cancel/{provider}/{ref}"


def settle_id(message_id: str, step: int, tries: int = 0) -> str:
    return f"settle/{send_id(message_id, step, tries)}"


def wait_id(message_id: str, step: int, tries: int, until: datetime | None) -> str:
    named = "told" if until is None else until.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"wait/{send_id(message_id, step, tries)}/{named}"


def end_id(message_id: str, why: Why) -> str:
    return f"end/{message_id}/{why}"


def outcome_id(message_id: str, outcome: FailoverOutcome) -> str:
    return f"outcome/{message_id}/{outcome}"


def encode_decision(decision: Decision) -> bytes:
    """One decision as JSON, the form in which it is kept for ever."""
    return _encoder.encode(decision)


def decode_decision(data: bytes) -> Decision:
    """What ``encode_decision`` wrote. Raises ``MalformedDecision`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedDecision(str(error)) from error
