"""What to do next for a message, decided from what is known of it and the time alone.

Each function is asked about one thing that was told, and answers with the decisions that follow from it. Asked again
about the same thing it answers the same, ids included.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from delivery.briefs import AttemptBrief
from delivery.decisions import (
    CancelDecision,
    Decision,
    PollDecision,
    SendDecision,
    SettleDecision,
    Why,
    cancel_id,
    poll_id,
    send_id,
    settle_id,
)
from delivery.message_states import MessageState, Told
from delivery.polling import SCHEDULE, Schedule
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.stages import Stage

FIRST_STEP = 1
CANCELLABLE = frozenset({Stage.SCHEDULED, Stage.QUEUED})


def decide_request(state: MessageState, request: Told, offset: int) -> Sequence[Decision]:
    """What follows from a request, once ``state`` has it folded in, and perhaps what came after it."""
    match request:
        case MessageRequest():
            return _begin(state, offset)
        case CancelRequest():
            return [_cancel(state, brief, request.received_at) for brief in state.under_way if _cancellable(brief)]
        case SettleRequest():
            return _settle(state, request, offset)


def decide_attempt(state: MessageState, key: str) -> Sequence[Decision]:
    """What follows from an attempt: one that shows itself after its message was cancelled is withdrawn.

    It is for as long as it can be, under the same id, since the worker may have died between knowing of the attempt
    and saying so.
    """
    brief = state.attempts[key]
    if state.cancel_requested_at is None or brief.final or not _cancellable(brief):
        return []
    return [_cancel(state, brief, state.cancel_requested_at)]


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
    if asked is None or asked.offset != offset:
        return []
    return [_send(asked.request, FIRST_STEP, asked.request.received_at, Why.REQUESTED, tries=0)]


def _send(request: MessageRequest, step: int, at: datetime, why: Why, *, tries: int) -> SendDecision:
    return SendDecision(
        decision_id=send_id(request.message_id, step, tries),
        message_id=request.message_id,
        decided_at=at,
        why=why,
        step=step,
        order=request.order,
        on_doubt=request.on_doubt,
        tries=tries,
    )


def _cancellable(brief: AttemptBrief) -> bool:
    return brief.stage in CANCELLABLE


def _cancel(state: MessageState, brief: AttemptBrief, at: datetime) -> CancelDecision:
    return CancelDecision(
        decision_id=cancel_id(brief.provider, brief.ref),
        message_id=state.message_id,
        decided_at=at,
        why=Why.REQUESTED,
        target=brief.target(state.recipient),
    )


def _settle(state: MessageState, request: SettleRequest, offset: int) -> Sequence[Decision]:
    """The same finding about the same try is the same decision, and the same new try: who says it twice sends once.

    Nobody is believed that it was not sent once an attempt is known: sending again would be sending twice.
    """
    if state.asked is None or state.asked.offset > offset:
        return []
    if request.finding is Finding.NOT_SENT and state.attempts:
        return []
    asked = state.asked.request
    settled = SettleDecision(
        decision_id=settle_id(state.message_id, request.step, request.tries),
        message_id=state.message_id,
        decided_at=request.received_at,
        why=Why.SETTLED,
        step=request.step,
        order=asked.order,
        finding=request.finding,
        ref=request.ref,
        resend=request.resend,
    )
    if not request.resend:
        return [settled]
    return [settled, _send(asked, request.step, request.received_at, Why.SETTLED, tries=request.tries + 1)]
