"""The fold of an attempt's events into its state: a join, so order and repetition do not matter.

The state holds facts alone. What the attempt *is* (its stage, its reason, its delivery time) is derived from them in
``delivery.standing``. A state and another that was begun anew for the same attempt after the first had been put away
are joined to what one state would have been.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from delivery.events import Event, Moment, Reply, Send
from delivery.facts import Claim, Detail, Fact, fact_of, lesser
from delivery.stages import CONCLUSIVE, Stage

RANKS: Final = {"Send": 0, "Status": 1, "Reply": 2}
JOINED: Final = (
    "channel",
    "send",
    "trouble",
    "replied",
    "claim",
    "country",
    "reference",
    "handle",
    "sending",
    "numbering",
    "sender",
    "expected_cost",
)
"""The fields of a state of which the lesser stays."""


class AttemptState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of one attempt.

    ``send`` is the earliest Send, ``stages`` the earliest fact of each stage, ``trouble`` the earliest fact that
    named a reason without being conclusive, ``replied`` the first reply. ``opened_at`` is the earliest receipt.
    ``sending`` says which sending of its message it is, as ``step.tries``.
    ``numbering`` is the number's type and carrier, as ``type.carrier``: two things that are said together always.
    ``sender`` is ours, the name or number that it was sent from, and ``expected_cost`` a sum: both as a Send tells it.
    ``closed_at`` is when its receipt window was found closed.
    """

    provider: str
    ref: str
    opened_at: Moment
    channel: Detail
    send: Fact | None = None
    scheduled_for: Moment | None = None
    stages: dict[Stage, Fact] = {}
    trouble: Fact | None = None
    replied: Fact | None = None
    claim: Claim | None = None
    country: Detail | None = None
    reference: Detail | None = None
    handle: Detail | None = None
    sending: Detail | None = None
    numbering: Detail | None = None
    sender: Detail | None = None
    expected_cost: Detail | None = None
    closed_at: Moment | None = None


def concerns_attempt(event: Event) -> bool:
    """Whether the event tells of an attempt of ours; a reply to nothing in particular does not."""
    return not isinstance(event, Reply) or event.answers_attempt


def state_of(event: Event) -> AttemptState:
    """What one event alone tells of its attempt. The event must concern an attempt."""
    fact = fact_of(event)
    rank = RANKS[type(event).__name__]
    told = None if isinstance(event, Reply) else event
    sent = event if isinstance(event, Send) else None
    return AttemptState(
        provider=event.provider,
        ref=event.ref,
        opened_at=event.received_at,
        channel=Detail(rank, event.channel),
        send=fact if sent else None,
        scheduled_for=sent.scheduled_for if sent else None,
        stages={told.stage: fact} if told else {},
        trouble=fact if told and told.reason and told.stage not in CONCLUSIVE else None,
        replied=None if told else fact,
        claim=Claim(event.received_at, event.event_id, event.message_id) if event.message_id else None,
        country=Detail(rank, event.country) if event.country else None,
        reference=Detail(rank, event.reference) if event.reference else None,
        handle=Detail(rank, event.handle) if event.handle else None,
        sending=Detail(rank, f"{event.step}.{event.tries}") if event.step else None,
        numbering=Detail(rank, f"{event.number_type}.{event.carrier or ''}") if event.number_type else None,
        sender=Detail(rank, sent.personal.sender) if sent and sent.personal.sender else None,
        expected_cost=Detail(rank, str(sent.expected_cost)) if sent and sent.expected_cost is not None else None,
    )


def fold(state: AttemptState | None, event: Event) -> AttemptState:
    """The state after one more event; the very same object when the event says nothing new.

    Associative, commutative and idempotent over events of one attempt.
    """
    told = state_of(event)
    return told if state is None else join(state, told)


def join(one: AttemptState, other: AttemptState) -> AttemptState:
    """What two states of the same attempt know together; ``one`` itself when ``other`` adds nothing."""
    changed: dict[str, object] = {}
    for field in JOINED:
        mine = getattr(one, field)
        joined = lesser(mine, getattr(other, field))
        if joined is not mine:
            changed[field] = joined
    for field in ("opened_at", "scheduled_for", "closed_at"):
        mine = getattr(one, field)
        earliest = _earliest(mine, getattr(other, field))
        if earliest is not mine:
            changed[field] = earliest
    stages = _join_stages(one.stages, other.stages)
    if stages is not one.stages:
        changed["stages"] = stages
    return msgspec.structs.replace(one, **changed) if changed else one


def close(state: AttemptState, at: datetime) -> AttemptState:
    """The state once its receipt window is found closed: nothing more is awaited, though it may still come."""
    return msgspec.structs.replace(state, closed_at=_earliest(state.closed_at, at))


def _join_stages(mine: dict[Stage, Fact], others: dict[Stage, Fact]) -> dict[Stage, Fact]:
    joined = mine
    for stage, fact in others.items():
        known = mine.get(stage)
        kept = lesser(known, fact)
        if kept is not None and kept is not known:
            joined = {**joined, stage: kept}
    return joined


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None:
        return other
    return other if other is not None and other < one else one
