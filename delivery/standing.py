"""How an attempt stands: what its facts amount to, as it is shown, reported and acted upon."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from delivery.attempts import AttemptState
from delivery.channels import Channel
from delivery.events import MalformedEvent, Moment
from delivery.facts import Fact
from delivery.identities import attempt_key, derived_message_id
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, FAILURES, PROGRESS, SUCCESSES, Stage

UNDER_WAY: Final = frozenset({Stage.QUEUED, Stage.SENT})
"""Either tells that the message was handed over, where no Send is known."""


class Clock(StrEnum):
    """Which clock a delivery time was read from."""

    ELAPSED = "elapsed"
    """The provider computed it."""
    PROVIDER = "provider"
    """Between two times that others claim."""
    RECEIVED = "received"
    """Between two receipts of ours."""
    MIXED = "mixed"
    """One end is a claim, the other a receipt of ours."""


class Contradiction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A failure that was reported after a success; it changes nothing and is kept."""

    stage: Stage
    at: Moment
    code: str
    event_id: str
    reason: Reason | None = None


class Attempt(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="attempt.v1"):
    """An attempt as it now stands.

    ``version`` grows with every change: rows of equal version are equal. ``month`` (``YYYY-MM``) never changes, nor
    does ``heard_at``, the receipt of the first event that was folded, which is in it; None where that was not kept yet.
    ``times`` has the moment of each stage that was reported; ``delivery_seconds`` is None where it is not delivered
    or not known, and ``clock`` says where it was read. ``revised``: a success came after a failure.
    """

    provider: str
    ref: str
    channel: Channel
    message_id: str
    derived_message_id: str
    stage: Stage
    final: bool
    opened_at: Moment
    updated_at: Moment
    version: int
    month: str
    state: AttemptState
    reason: Reason | None = None
    code: str = ""
    revised: bool = False
    contradictions: tuple[Contradiction, ...] = ()
    times: dict[Stage, Moment] = {}
    delivery_seconds: float | None = None
    clock: Clock | None = None
    closed_at: Moment | None = None
    replied_at: Moment | None = None
    country: str | None = None
    reference: str | None = None
    handle: str | None = None
    """What the provider wants to be asked by, where that is not ``ref``."""
    step: int | None = None
    """Which step of its message it is, where we sent it, and ``tries`` how often that had been sent before."""
    tries: int = 0
    number_type: NumberType | None = None
    carrier: str | None = None
    """A guess: whose the number first was."""
    sender: str | None = None
    """Ours: the name or number that it was sent from."""
    heard_at: Moment | None = None
    expected_cost: Decimal | None = None
    """What its sending was expected to cost; None where nobody knew, or it was handed over before this was kept."""


class Alias(Struct, frozen=True, kw_only=True, tag_field="kind", tag="alias.v1"):
    """A message id that is no longer used: whoever asks for ``retired`` is led to ``message_id``."""

    retired: str
    message_id: str
    provider: str
    ref: str
    version: int


Record: TypeAlias = Attempt | Alias
"""What the attempts topic holds."""


def describe(state: AttemptState, *, version: int, month: str, heard_at: datetime | None = None) -> Attempt:
    """What the facts of an attempt amount to."""
    stage, fact = _standing(state)
    success = _first(state, SUCCESSES)
    failures = sorted((f.at, f.event_id, s) for s, f in state.stages.items() if s in FAILURES)
    after = [s for at, event_id, s in failures if success and (at, event_id) > (success.at, success.event_id)]
    seconds, clock = _delivery_time(state)
    step, tries = _sending(state)
    number_type, carrier = _numbering(state)
    derived = derived_message_id(attempt_key(state.provider, state.ref))
    return Attempt(
        provider=state.provider,
        ref=state.ref,
        channel=Channel(state.channel.value),
        message_id=state.claim.message_id if state.claim else derived,
        derived_message_id=derived,
        stage=stage,
        final=stage in CONCLUSIVE or state.closed_at is not None,
        opened_at=state.opened_at,
        updated_at=_updated_at(state),
        version=version,
        month=month,
        state=state,
        reason=_reason(state, stage, fact),
        code=fact.code if fact else "",
        revised=success is not None and len(after) < len(failures),
        contradictions=tuple(_contradiction(s, state.stages[s]) for s in after),
        times={s: f.at for s, f in state.stages.items()},
        delivery_seconds=seconds,
        clock=clock,
        closed_at=state.closed_at,
        replied_at=state.replied.at if state.replied else None,
        country=state.country.value if state.country else None,
        reference=state.reference.value if state.reference else None,
        handle=state.handle.value if state.handle else None,
        step=step,
        tries=tries,
        number_type=number_type,
        carrier=carrier,
        sender=state.sender.value if state.sender else None,
        heard_at=heard_at,
        expected_cost=Decimal(state.expected_cost.value) if state.expected_cost else None,
    )


def _sending(state: AttemptState) -> tuple[int | None, int]:
    """Which step of its message it is, and how often that had been sent before; None where nobody told."""
    if state.sending is None:
        return None, 0
    step, _, tries = state.sending.value.partition(".")
    return int(step), int(tries)


def _numbering(state: AttemptState) -> tuple[NumberType | None, str | None]:
    if state.numbering is None:
        return None, None
    number_type, _, carrier = state.numbering.value.partition(".")
    return NumberType(number_type), carrier or None


def _standing(state: AttemptState) -> tuple[Stage, Fact | None]:
    """The stage that counts and the fact behind it: success before failure, failure before progress."""
    for stage in (Stage.SEEN, Stage.DELIVERED):
        if stage in state.stages:
            return stage, state.stages[stage]
    failures = [(f.at, f.event_id, s, f) for s, f in state.stages.items() if s in FAILURES]
    if failures:
        _, _, stage, fact = min(failures, key=lambda failure: failure[:3])
        return stage, fact
    if state.closed_at is None:
        for stage in reversed(PROGRESS):
            if stage in state.stages:
                return stage, state.stages[stage]
    return Stage.UNKNOWN, state.stages.get(Stage.UNKNOWN)


def _reason(state: AttemptState, stage: Stage, fact: Fact | None) -> Reason | None:
    """Why it failed; for one under way, what holds it up; for one given up on, what was last known to."""
    if stage in CONCLUSIVE:
        return fact.reason if fact else None
    if state.trouble:
        return state.trouble.reason
    return Reason.NO_RECEIPT if state.closed_at else None


def _contradiction(stage: Stage, fact: Fact) -> Contradiction:
    return Contradiction(stage=stage, at=fact.at, code=fact.code, event_id=fact.event_id, reason=fact.reason)


def _delivery_time(state: AttemptState) -> tuple[float | None, Clock | None]:
    """Seconds from hand-over to the handset, and the clock; nothing where either end is not known.

    A message that was only reported as seen was delivered at a time that nobody told.
    """
    delivered = state.stages.get(Stage.DELIVERED)
    if delivered is None or not delivered.timed:
        return None, None
    if delivered.elapsed_seconds is not None:
        return delivered.elapsed_seconds, Clock.ELAPSED
    start = _start(state)
    if start is None:
        return None, None
    begun = max(start.at, state.scheduled_for) if state.scheduled_for else start.at
    if delivered.claimed and start.claimed and delivered.at >= begun:
        return (delivered.at - begun).total_seconds(), Clock.PROVIDER
    if delivered.received_at < begun:
        return None, None
    return (delivered.received_at - begun).total_seconds(), Clock.MIXED if start.claimed else Clock.RECEIVED


def _start(state: AttemptState) -> Fact | None:
    """The hand-over. What was sent to be held until nobody said when, as a leg that waits for another to fail, begins
    when it was first heard to be on its way.
    """
    if state.send is None:
        return _first(state, UNDER_WAY)
    held = state.stages.get(Stage.SCHEDULED)
    if held is None or held.event_id != state.send.event_id or state.scheduled_for:
        return state.send
    return state.stages.get(Stage.SENT)


def _first(state: AttemptState, stages: frozenset[Stage]) -> Fact | None:
    facts = [fact for stage, fact in state.stages.items() if stage in stages]
    return min(facts, key=lambda fact: (fact.at, fact.event_id), default=None)


def _updated_at(state: AttemptState) -> datetime:
    facts = [*state.stages.values(), state.replied, state.trouble]
    receipts = [fact.received_at for fact in facts if fact]
    return max([state.opened_at, *receipts, *([state.closed_at] if state.closed_at else [])])


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """One record of the attempts topic as JSON."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> Record:
    """What ``encode_record`` wrote. Raises ``MalformedEvent`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedEvent(str(error)) from error
