"""What is known of one message that we were asked to send: what was asked, how its attempts stand, what was decided.

Each topic's records are told in their order, the topics in any. What was told before changes nothing, so a worker
that reads some of it again arrives at the same state, and two workers' states of one message join to what one of them
would know. What was decided is known by its id; whatever is told or decided twice, the first counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from delivery.briefs import AttemptBrief
from delivery.calls import Call, Called, Result
from delivery.decisions import Decision, Why, send_id
from delivery.events import Moment
from delivery.marks import Decided, Mark, mark_of
from delivery.plans import Choice, PlannedStep
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.sendings import Sent, sending_of, sent_by, shown_by
from delivery.stages import SUCCESSES

Value = TypeVar("Value")


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
        found = {(mark.step, mark.tries): sent_by(mark) for mark in self.marks.values() if mark.kind is Decided.SENT}
        if asked.at_once:
            first = asked.steps[0].choices[0]
            found.setdefault((1, 0), Sent(1, 0, asked.request.received_at, Why.REQUESTED, 0, first.cost))
        for _, brief in sorted(self.attempts.items(), key=lambda item: (item[1].opened_at, item[0])):
            # Whoever decided it may have died before marking it.
            if brief.step is not None and 1 <= brief.step <= len(asked.steps):
                found.setdefault((brief.step, brief.tries), shown_by(brief, brief.step, asked.steps[brief.step - 1]))
        for (step, tries), sent in sorted(found.items()):
            # A settled sending that is sent again may be in doubt again, and so on.
            again = tries
            while (settled := self.settlements.get(send_id(self.message_id, step, again))) and settled.resend:
                again += 1
                found.setdefault((step, again), Sent(step, again, settled.at, Why.SETTLED, sent.choice, sent.cost))
        return [found[place] for place in sorted(found)]

    def sending_of(self, brief: AttemptBrief, sends: Sequence[Sent]) -> Sent:
        """The one of this message's ``sends``, of which there is one at least, that an attempt came of."""
        assert self.asked is not None  # noqa: S101 - nothing is sent that was not asked for
        return sending_of(brief, sends, self.asked.steps)

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
    Nobody is believed that a sending was not sent of which an attempt is known, nor is anything sent again once the
    message has arrived: another would be a second one.
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
    marks = {each.decision_id: mark for each in decisions if (mark := mark_of(each)) is not None}
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
    return msgspec.structs.replace(
        further,
        attempts=attempts,
        settlements=_first_of(behind.settlements, further.settlements, lambda settled: settled.offset),
        abandoned=_first_of(behind.abandoned, further.abandoned, lambda at: at),
        marks=_first_of(behind.marks, further.marks, lambda mark: (mark.at, mark.why, mark.choice)),
    )


def _first_of(one: Mapping[str, Value], other: Mapping[str, Value], order: Callable[[Value], Any]) -> dict[str, Value]:
    """All that either has; of what both have, the one that comes first."""
    joined = {**one, **other}
    return {key: min(one.get(key, each), each, key=order) for key, each in joined.items()}


def _settled(state: MessageState, request: SettleRequest, offset: int) -> dict[str, Settlement]:
    """What is known of a sending that was never decided is a mistake, and would be believed once it is sent."""
    decision_id = send_id(state.message_id, request.step, request.tries)
    sends = state.sends
    place = (request.step, request.tries)
    if decision_id in state.settlements or place not in {(sent.step, sent.tries) for sent in sends}:
        return state.settlements
    heard = [brief for brief in state.attempts.values() if state.sending_of(brief, sends)[:2] == place]
    if request.finding is Finding.NOT_SENT and heard:
        return state.settlements
    arrived = any(brief.stage in SUCCESSES for brief in state.attempts.values())
    settlement = Settlement(
        offset=offset, at=request.received_at, finding=request.finding, resend=request.resend and not arrived
    )
    return {**state.settlements, decision_id: settlement}
