"""What to do next for a message, decided from what is known of it and the time alone.

Two ways lead to a decision. ``decide_request`` and ``decide_attempt`` answer to one thing that was told, with what
follows from that at once; asked again about the same thing they answer the same, ids included. ``decide`` looks at the
whole and finds what its plan asks for by now; ``due_at`` says when that will be. What was decided is folded into the
state (``with_decisions``), and is not decided again.

A step is given up for the next one when all that it led to failed, when its time is over, or when nobody can tell and
the plan says to go on. It is not for an intermediate or unknown code, nor for a stage short of failure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from delivery.briefs import AttemptBrief
from delivery.choosing import Weigh
from delivery.decisions import (
    Decision,
    PollDecision,
    SettleDecision,
    Why,
    poll_id,
    send_id,
    settle_id,
)
from delivery.message_states import MessageState, Told, with_decisions
from delivery.moves import Due, cancellable, next_move
from delivery.polling import SCHEDULE, Schedule
from delivery.recording import sending, withdraw
from delivery.requests import CancelRequest, MessageRequest, SettleRequest

MOST_AT_ONCE: Final = 64
"""No state can have more due at one time; a bound all the same."""


def decide_request(state: MessageState, request: Told, offset: int) -> Sequence[Decision]:
    """What follows from a request, once ``state`` has it folded in, and perhaps what came after it."""
    match request:
        case MessageRequest():
            return _begin(state, offset)
        case CancelRequest():
            return [
                withdraw(state, brief, request.received_at, Why.REQUESTED)
                for brief in state.under_way
                if cancellable(brief)
            ]
        case SettleRequest():
            return _settle(state, request, offset)


def decide_attempt(state: MessageState, key: str) -> Sequence[Decision]:
    """What follows from an attempt: one that shows itself after its message was cancelled is withdrawn.

    It is for as long as it can be, under the same id, since the worker may have died between knowing of the attempt
    and saying so.
    """
    brief = state.attempts[key]
    if state.cancel_requested_at is None or brief.final or not cancellable(brief):
        return []
    return [withdraw(state, brief, state.cancel_requested_at, Why.REQUESTED)]


def due_at(state: MessageState) -> Due | None:
    """When ``decide`` will next find something, as far as is known by now; None where that depends on news alone."""
    move = next_move(state)
    return None if move is None else move.due


def decide(state: MessageState, now: datetime, weigh: Weigh, heard_until: datetime | None = None) -> list[Decision]:
    """What the message's plan asks for by now, in order. ``now`` is the time of all that is decided.

    ``heard_until`` is the time up to which all that was received has been taken in, ``now`` unless told: a step's time
    is not over before.
    """
    decisions: list[Decision] = []
    while len(decisions) < MOST_AT_ONCE:
        move = next_move(state)
        if move is None or move.due.at > (min(now, heard_until or now) if move.due.heard else now):
            break
        decision = move.make(now, weigh)
        decisions.append(decision)
        state = with_decisions(state, [decision])
    return decisions


def decide_poll(
    state: MessageState, key: str, number: int, now: datetime, schedule: Schedule = SCHEDULE
) -> PollDecision | None:
    """The round of asking that is due for an attempt of which nothing final is known."""
    brief = state.attempts.get(key)
    if brief is None or brief.final or schedule.due_at(brief.opened_at, number) > now:
        return None
    return PollDecision(
        decision_id=poll_id(brief.provider, brief.ref, number),
        message_id=state.message_id,
        decided_at=schedule.due_at(brief.opened_at, number),
        why=Why.NO_RECEIPT_YET,
        target=brief.target(state.recipient),
        round=number,
    )


def next_poll(
    brief: AttemptBrief, after: datetime, *, window: timedelta, schedule: Schedule = SCHEDULE
) -> tuple[datetime, int] | None:
    """When an attempt is asked after next, and which round that is."""
    if brief.final:
        return None
    number = schedule.next_round(brief.opened_at, after, window=window)
    return None if number is None else (schedule.due_at(brief.opened_at, number), number)


def _begin(state: MessageState, offset: int) -> Sequence[Decision]:
    asked = state.asked
    if asked is None or asked.offset != offset or not asked.at_once:
        return []
    return [sending(state, 1, 0, 0, asked.request.received_at, Why.REQUESTED)]


def _settle(state: MessageState, request: SettleRequest, offset: int) -> Sequence[Decision]:
    """The same finding about the same try is the same decision, and the same new try: who says it twice sends once."""
    asked = state.asked
    known = state.settlements.get(send_id(state.message_id, request.step, request.tries))
    sent = next((sent for sent in state.sends if (sent.step, sent.tries) == (request.step, request.tries)), None)
    if asked is None or known is None or known.offset != offset or sent is None:
        return []
    settled = SettleDecision(
        decision_id=settle_id(state.message_id, request.step, request.tries),
        message_id=state.message_id,
        decided_at=request.received_at,
        why=Why.SETTLED,
        step=request.step,
        order=asked.steps[request.step - 1].choices[sent.choice].order,
        finding=request.finding,
        ref=request.ref,
        resend=known.resend,
        cost=sent.cost,
    )
    if not known.resend:
        return [settled]
    return [
        settled,
        sending(state, request.step, request.tries + 1, sent.choice, request.received_at, Why.SETTLED),
    ]
