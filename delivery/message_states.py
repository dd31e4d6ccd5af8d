"""What is known of one message that we were asked to send: what was asked, how its attempts stand, what was decided.

Each topic's records are told in their order, the topics in any. What was told before changes nothing, so a worker
that reads some of it again arrives at the same state, and two workers' states of one message join to what one of them
would know. What was decided is known by its id; whatever is told or decided twice, the first counts.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from delivery.briefs import AttemptBrief
from delivery.calls import Call, Called, Result
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    OutcomeDecision,
    SendDecision,
    WaitDecision,
    Why,
    send_id,
)
from delivery.events import Moment
from delivery.plans import Choice, PlannedStep
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, and its offset in the requests topic, by which its repetition by a restarted worker is known."""

    offset: int
    request: MessageRequest

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """The plan's; of a message without a plan, the one that it is."""
        if self.request.plan is not None:
            return self.request.plan.steps
        return (PlannedStep(choices=(Choice(order=self.request.order),), on_doubt=self.request.on_doubt),)

    @property
    def at_once(self) -> bool:
        """Whether the first step goes out when it is asked for, whatever the time is."""
        return self.request.plan is None and self.request.send_at is None


class Settlement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person found out of a sending, as the request at ``offset`` says, and whether it is to be sent again."""

    offset: int
    at: Moment
    finding: Finding
    resend: bool = False


class Decided(StrEnum):
    SENT = "sent"
    WAITED = "waited"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    OUTCOME = "outcome"


class Mark(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That something was decided, as much of it as later decisions depend on."""

    kind: Decided
    at: Moment
    why: Why
    step: int = 0
    tries: int = 0
    choice: int = 0
    cost: Decimal | None = None
    until: Moment | None = None


class Sent(NamedTuple):
    """A sending that was decided: the step, how often it had been sent before, and the index of its choice."""

    step: int
    tries: int
    at: datetime
    why: Why
    choice: int
    cost: Decimal | None


class MessageState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``requests_read`` is the offset of the newest request that was folded in, received at ``requested_at``.

    By the id of the decision to send: ``settlements`` are what persons found out, ``abandoned`` when it was given up to
    find out whether the provider took it. ``marks`` are what was decided, by its id.
    """

    message_id: str
    asked: Asked | None = None
    cancel_requested_at: Moment | None = None
    attempts: dict[str, AttemptBrief] = {}
    requests_read: int = -1
    requested_at: Moment | None = None
    settlements: dict[str, Settlement] = {}
    abandoned: dict[str, Moment] = {}
    marks: dict[str, Mark] = {}

    @property
    def recipient(self) -> str | None:
        return self.asked.request.order.personal.to if self.asked else None

    @property
    def under_way(self) -> list[AttemptBrief]:
        """The attempts of which more is awaited, in the order of their keys."""
        return [brief for _, brief in sorted(self.attempts.items()) if not brief.final]

    @property
    def sends(self) -> list[Sent]:
        """What was decided to be sent, in the order of the steps and of the tries at each."""
        asked = self.asked
        if asked is None:
            return []
        found = {(mark.step, mark.tries): _sent(mark) for mark in self.marks.values() if mark.kind is Decided.SENT}
        if asked.at_once:
            first = asked.steps[0].choices[0]
            found.setdefault((1, 0), Sent(1, 0, asked.request.received_at, Why.REQUESTED, 0, first.cost))
        for (step, tries), sent in sorted(found.items()):
            # A settled sending that is sent again may be in doubt again, and so on.
            again = tries
            while (settled := self.settlements.get(send_id(self.message_id, step, again))) and settled.resend:
                again += 1
                found.setdefault((step, again), Sent(step, again, settled.at, Why.SETTLED, sent.choice, sent.cost))
        return [found[place] for place in sorted(found)]

    def ended(self, why: Why | None = None) -> bool:
        """Whether it was decided that nothing more is sent, for this reason where one is given."""
        return any(mark.kind is Decided.ENDED and why in {None, mark.why} for mark in self.marks.values())

    def waits(self, step: int, tries: int) -> list[Mark]:
        """What was decided about waiting before a sending, or after it."""
        return [
            mark
            for mark in self.marks.values()
            if mark.kind is Decided.WAITED and (mark.step, mark.tries) == (step, tries)
        ]

    @property
    def last_heard(self) -> datetime | None:
        """When the latest request or receipt came, or the time that it is to be sent at, if that is later."""
        heard = [brief.updated_at for brief in self.attempts.values()]
        if self.requested_at is not None:
            heard.append(self.requested_at)
        heard += [mark.until or mark.at for mark in self.marks.values()]
        if self.asked is not None:
            request = self.asked.request
            heard += [at for at in (request.order.send_at, request.send_at) if at is not None]
        return max(heard).astimezone(UTC) if heard else None


Told: TypeAlias = MessageRequest | CancelRequest | SettleRequest


def with_request(state: MessageState | None, request: Told, offset: int) -> MessageState:
    """The state after a request at ``offset``; the very same object where it had been folded in before.

    The first message request stays: a later one of the same id is a repetition, whatever it says.
    Nobody is believed that a sending was not sent of which an attempt is known: another would be a second one.
    """
    state = state or MessageState(message_id=request.message_id)
    if offset <= state.requests_read:
        return state
    changed: dict[str, object] = {"requests_read": offset, "requested_at": request.received_at}
    match request:
        case MessageRequest():
            if state.asked is None:
                changed["asked"] = Asked(offset=offset, request=request)
        case CancelRequest():
            changed["cancel_requested_at"] = state.cancel_requested_at or request.received_at
        case SettleRequest():
            changed["settlements"] = _settled(state, request, offset)
    return msgspec.structs.replace(state, **changed)


def with_attempt(state: MessageState | None, message_id: str, brief: AttemptBrief) -> MessageState:
    """The state after an attempt's newest version; the very same object where that one or a newer one is known."""
    state = state or MessageState(message_id=message_id)
    known = state.attempts.get(brief.key)
    if known is not None and known.version >= brief.version:
        return state
    return msgspec.structs.replace(state, attempts={**state.attempts, brief.key: brief})


def with_call(state: MessageState, call: Call) -> MessageState:
    """The state after a call; the very same object where nothing is decided upon it."""
    if not isinstance(call, Called) or call.result is not Result.ABANDONED or call.decision_id in state.abandoned:
        return state
    return msgspec.structs.replace(state, abandoned={**state.abandoned, call.decision_id: call.at})


def with_decisions(state: MessageState, decisions: Iterable[Decision]) -> MessageState:
    """The state once these are decided; the very same object where they were."""
    marks = {each.decision_id: mark for each in decisions if (mark := _mark(each)) is not None}
    new = {decision_id: mark for decision_id, mark in marks.items() if decision_id not in state.marks}
    return msgspec.structs.replace(state, marks={**state.marks, **new}) if new else state


def without_attempt(state: MessageState, key: str) -> MessageState:
    """The state once an attempt belongs to another message; the very same object where it is not known."""
    if key not in state.attempts:
        return state
    others = {other: brief for other, brief in state.attempts.items() if other != key}
    return msgspec.structs.replace(state, attempts=others)


def join(one: MessageState, other: MessageState) -> MessageState:
    """What two states of the same message know together.

    Requests are folded in one order by everybody, so the state that has read further knows all that the other does.
    """
    further, behind = (one, other) if one.requests_read >= other.requests_read else (other, one)
    attempts = dict(behind.attempts)
    for key, brief in further.attempts.items():
        known = attempts.get(key)
        if known is None or known.version < brief.version:
            attempts[key] = brief
    marks = dict(behind.marks)
    for decision_id, mark in further.marks.items():
        before = marks.get(decision_id)
        marks[decision_id] = mark if before is None or mark.at <= before.at else before
    return msgspec.structs.replace(
        further,
        attempts=attempts,
        settlements={**behind.settlements, **further.settlements},
        abandoned={**behind.abandoned, **further.abandoned},
        marks=marks,
    )


def _settled(state: MessageState, request: SettleRequest, offset: int) -> dict[str, Settlement]:
    decision_id = send_id(state.message_id, request.step, request.tries)
    if state.asked is None or decision_id in state.settlements:
        return state.settlements
    if request.finding is Finding.NOT_SENT and any(
        brief.step in {None, request.step} and brief.tries == request.tries for brief in state.attempts.values()
    ):
        return state.settlements
    settlement = Settlement(offset=offset, at=request.received_at, finding=request.finding, resend=request.resend)
    return {**state.settlements, decision_id: settlement}


def _sent(mark: Mark) -> Sent:
    return Sent(mark.step, mark.tries, mark.at, mark.why, mark.choice, mark.cost)


def _mark(decision: Decision) -> Mark | None:
    at, why = decision.decided_at, decision.why
    match decision:
        case SendDecision(step=step, tries=tries):
            return Mark(
                kind=Decided.SENT, at=at, why=why, step=step, tries=tries, choice=decision.choice, cost=decision.cost
            )
        case WaitDecision(step=step, tries=tries, until=until):
            return Mark(kind=Decided.WAITED, at=at, why=why, step=step, tries=tries, until=until)
        case EndDecision(step=step):
            return Mark(kind=Decided.ENDED, at=at, why=why, step=step)
        case OutcomeDecision(step=step):
            return Mark(kind=Decided.OUTCOME, at=at, why=why, step=step)
        case CancelDecision():
            return Mark(kind=Decided.WITHDRAWN, at=at, why=why)
    return None
