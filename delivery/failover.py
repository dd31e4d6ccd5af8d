"""What to do next for a message, decided from what is known of it and the time alone.

Two ways lead to a decision. ``decide_request`` and ``decide_attempt`` answer to one thing that was told, with what
follows from that at once; asked again about the same thing they answer the same, ids included. ``decide`` looks at the
whole and finds what its plan asks for by now; ``due_at`` says when that will be. What was decided is folded into the
state (``with_decisions``), and is not decided again.

A step is given up for the next one when all that it led to failed, when its time is over, or when nobody can tell and
the plan says to go on. It is not for an intermediate or unknown code, nor for a stage short of failure.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple, TypeAlias

import msgspec

from delivery.briefs import AttemptBrief
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    FailoverOutcome,
    Grounds,
    OutcomeDecision,
    PollDecision,
    SeenStep,
    SendDecision,
    SettleDecision,
    WaitDecision,
    Why,
    cancel_id,
    end_id,
    outcome_id,
    poll_id,
    send_id,
    settle_id,
    step_reference,
    wait_id,
)
from delivery.message_states import MessageState, Sent, Told, with_decisions
from delivery.plans import (
    ENOUGH,
    NEXT,
    PERSONS_WORD,
    PROVIDER_FAULTS,
    Choice,
    OnDoubt,
    Pick,
    PlannedStep,
    Then,
    pick_of,
)
from delivery.polling import SCHEDULE, Schedule
from delivery.reasons import Reason
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.stages import FAILURES, SUCCESSES, Stage

CANCELLABLE: Final = frozenset({Stage.SCHEDULED, Stage.QUEUED})
MOST_AT_ONCE: Final = 64
"""No state can have more due at one time; a bound all the same."""

Weigh: TypeAlias = Callable[[Sequence[Choice]], Sequence[int]]
"""The shares that the health of their providers gives to choices, at the time."""

REJECTIONS: Final[Mapping[Reason | None, Why]] = {
    Reason.WINDOW_CLOSED: Why.WINDOW_CLOSED,
    Reason.PROVIDER_UNAVAILABLE: Why.CIRCUIT_OPEN,
    Reason.NO_CREDIT: Why.NO_CREDIT,
}
"""What refusals are called that have a name of their own."""


class Due(NamedTuple):
    """When something is to be decided. ``heard``: not before all that was received by then has been taken in."""

    at: datetime
    heard: bool = False


def decide_request(state: MessageState, request: Told, offset: int) -> Sequence[Decision]:
    """What follows from a request, once ``state`` has it folded in, and perhaps what came after it."""
    match request:
        case MessageRequest():
            return _begin(state, offset)
        case CancelRequest():
            return [
                _cancel(state, brief, request.received_at, Why.REQUESTED)
                for brief in state.under_way
                if _cancellable(brief)
            ]
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
    return [_cancel(state, brief, state.cancel_requested_at, Why.REQUESTED)]


def due_at(state: MessageState) -> Due | None:
    """When ``decide`` will next find something, as far as is known by now; None where that depends on news alone."""
    move = _next(state)
    return None if move is None else move.due


def decide(state: MessageState, now: datetime, weigh: Weigh, heard_until: datetime | None = None) -> list[Decision]:
    """What the message's plan asks for by now, in order. ``now`` is the time of all that is decided.

    ``heard_until`` is the time up to which all that was received has been taken in, ``now`` unless told: a step's time
    is not over before.
    """
    decisions: list[Decision] = []
    while len(decisions) < MOST_AT_ONCE:
        move = _next(state)
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


class _Move(NamedTuple):
    """What is to be decided next, and when; ``make`` decides it, given the time and the shares."""

    due: Due
    make: Callable[[datetime, Weigh], Decision]


class _Trouble(NamedTuple):
    """Why a sending is given up, and since when. ``refused``: no provider took it."""

    why: Why
    at: datetime
    reason: Reason | None = None
    refused: bool = False
    heard: bool = False


def _next(state: MessageState) -> _Move | None:
    if state.asked is None:
        return None
    sends = state.sends
    return (
        _withdrawal(state, sends)
        or _outcome(state, sends)
        or _success(state, sends)
        or (None if state.ended() else _course(state, sends))
    )


def _withdrawal(state: MessageState, sends: Sequence[Sent]) -> _Move | None:
    """A leg that can still be withdrawn, once a later one is sent or another one has succeeded."""
    under_way = [brief for brief in state.under_way if _cancellable(brief)]
    if not sends or not under_way:
        return None
    enough = _fulfilled(state, sends)
    for brief in under_way:
        sent = state.sending_of(brief, sends)
        needed = sent == enough[0] if enough else sent == sends[-1]
        if not needed and cancel_id(brief.provider, brief.ref) not in state.marks:
            return _Move(Due(brief.updated_at), partial(_superseded, state, brief))
    return None


def _outcome(state: MessageState, sends: Sequence[Sent]) -> _Move | None:
    """What came of having sent more than one step, whenever that is news."""
    if not sends or sends[-1].step == sends[0].step:
        return None
    arrived = {sent.step: brief for brief in state.attempts.values() if (sent := _arrived(state, brief, sends))}
    if len(arrived) > 1:
        outcome = FailoverOutcome.BOTH
    elif arrived:
        outcome = FailoverOutcome.NEEDLESS if min(arrived) == sends[0].step else FailoverOutcome.RESCUED
    elif state.ended() and not state.under_way:
        outcome = FailoverOutcome.FAILED_TOO
    else:
        return None
    if outcome_id(state.message_id, outcome) in state.marks:
        return None
    since = max((brief.updated_at for brief in state.attempts.values()), default=sends[-1].at)
    return _Move(Due(since), lambda now, _: _outcome_decision(state, sends, arrived, outcome, now))


def _success(state: MessageState, sends: Sequence[Sent]) -> _Move | None:
    if state.ended(Why.SUCCEEDED):
        return None
    enough = _fulfilled(state, sends)
    if enough is None:
        return None
    sent, brief = enough
    grounds = Grounds(rule=f"step {sent.step} is {brief.stage}", seen=(_seen(brief),))
    return _Move(Due(brief.updated_at), lambda now, _: _end(state, Why.SUCCEEDED, sent.step, now, grounds))


def _fulfilled(state: MessageState, sends: Sequence[Sent]) -> tuple[Sent, AttemptBrief] | None:
    """The sending that came as far as its step asks for, first of all, and the attempt that did."""
    found = [
        (brief.updated_at, brief.key, sent, brief)
        for brief in state.attempts.values()
        if sends and brief.stage in ENOUGH[_step(state, sent := state.sending_of(brief, sends)).success]
    ]
    return min(found)[2:] if found else None


def _course(state: MessageState, sends: Sequence[Sent]) -> _Move | None:
    """What the plan asks for while it is neither fulfilled nor over."""
    assert state.asked is not None  # noqa: S101 - `_next` has seen to it
    request = state.asked.request
    if state.cancel_requested_at is not None:
        at, last = state.cancel_requested_at, sends[-1].step if sends else 0
        return _Move(Due(at), lambda now, _: _end(state, Why.CANCELLED, last, now, Grounds(rule="it was withdrawn")))
    if not sends:
        begins = max(request.received_at, request.send_at or request.received_at)
        rule = "the first step goes out when it is asked for"
        return _fire(state, 1, 0, request.received_at, begins, _Trouble(Why.REQUESTED, request.received_at), rule)
    return _after(state, sends)


def _after(state: MessageState, sends: Sequence[Sent]) -> _Move | None:
    """What follows from how the last sending stands."""
    sent = sends[-1]
    step = _step(state, sent)
    briefs = _attempts_at(state, sent, sends)
    if _given_up(briefs) and _failed(state, sent, step, briefs) is None:
        at = max(brief.updated_at for brief in briefs)
        grounds = Grounds(rule="its receipt window has closed", seen=tuple(map(_seen, briefs)))
        return _Move(Due(at), lambda now, _: _end(state, Why.NO_RECEIPT, sent.step, now, grounds))
    trouble = _trouble(state, sent, step, briefs)
    if trouble is None:
        return None
    if trouble.why is Why.HELD:
        if any(each.why is Why.HELD for each in state.waits(sent.step, sent.tries)):
            return None
        rule = f"nobody can tell whether step {sent.step} was taken, and it says to hold"
        held = Grounds(rule=rule, timer=trouble.at)
        return _Move(
            Due(trouble.at, trouble.heard),
            lambda now, _: _wait(state, Why.HELD, sent.step, sent.tries, None, now, held),
        )
    return _onwards(state, sends, trouble)


def _onwards(state: MessageState, sends: Sequence[Sent], trouble: _Trouble) -> _Move:
    """The rule for what went wrong, applied."""
    assert state.asked is not None  # noqa: S101 - `_next` has seen to it
    sent, steps = sends[-1], state.asked.steps
    step = steps[sent.step - 1]
    rule = step.rule(trouble.reason) if trouble.reason else NEXT
    about = f"step {sent.step} {_words(trouble)}"
    due = Due(trouble.at, trouble.heard)
    word = _word(state, sends)
    if rule.then is Then.STOP or word is not None:
        said = f"{about}: stop" if word is None else f"{about}, and the person had said no ({word}): stop"
        grounds = _grounds(state, said, trouble)
        return _Move(due, lambda now, _: _end(state, Why.STOPPED, sent.step, now, grounds))
    tried = [each for each in sends if each.step == sent.step]
    if trouble.refused and trouble.reason in PROVIDER_FAULTS and _untried(step, tried):
        return _fire(state, sent.step, sent.tries + 1, trouble.at, trouble.at, trouble, f"{about}: another provider")
    retries = sum(each.why is Why.BACK_OFF for each in tried)
    if rule.then is Then.RETRY and retries < rule.times:
        at = trouble.at + timedelta(seconds=rule.after_seconds * 2**retries)
        again = trouble._replace(why=Why.BACK_OFF, heard=False)
        return _fire(state, sent.step, sent.tries + 1, trouble.at, at, again, f"{about}: the same step again")
    if sent.step == len(steps):
        grounds = _grounds(state, f"{about}, the last one", trouble)
        return _Move(due, lambda now, _: _end(state, Why.EXHAUSTED, sent.step, now, grounds))
    return _fire(state, sent.step + 1, 0, trouble.at, trouble.at, trouble, f"{about}: the next step")


def _word(state: MessageState, sends: Sequence[Sent]) -> Reason | None:
    """What the person is known to want, by any step's failure, where that step's rule for it is to stop.

    It may have been heard after the next step was sent, and holds for those after that too.
    """
    for _, brief in sorted(state.attempts.items()):
        if brief.final and brief.stage in FAILURES and brief.reason in PERSONS_WORD:
            rule = _step(state, state.sending_of(brief, sends)).rule(brief.reason)
            if rule.then is Then.STOP:
                return brief.reason
    return None


def _given_up(briefs: Sequence[AttemptBrief]) -> bool:
    """Whether nothing more is awaited of any attempt, of some because its receipt window is over."""
    closed = [brief for brief in briefs if brief.closed or (brief.final and brief.stage is Stage.UNKNOWN)]
    return bool(closed) and all(brief.final for brief in briefs)


def _trouble(state: MessageState, sent: Sent, step: PlannedStep, briefs: Sequence[AttemptBrief]) -> _Trouble | None:
    """Why a sending is to be given up, or will be; None where that is not to be foreseen."""
    decision_id = send_id(state.message_id, sent.step, sent.tries)
    failed = _failed(state, sent, step, briefs)
    if failed is not None:
        return failed
    settled = state.settlements.get(decision_id)
    if settled is not None and settled.finding is Finding.NOT_SENT and not briefs:
        return _Trouble(Why.REJECTED, settled.at, refused=True)
    going_on = step.on_doubt is OnDoubt.NEXT
    if going_on and not briefs and decision_id in state.abandoned:
        return _Trouble(Why.IN_DOUBT, state.abandoned[decision_id])
    if step.ttl_seconds is None:
        return None
    over = sent.at + timedelta(seconds=step.ttl_seconds)
    if briefs or going_on or settled is not None:
        return _Trouble(Why.TTL, over, heard=True)
    return _Trouble(Why.HELD, over, heard=True)


def _failed(state: MessageState, sent: Sent, step: PlannedStep, briefs: Sequence[AttemptBrief]) -> _Trouble | None:
    """The failure of a sending, all of whose attempts failed: where the provider fails over itself, on every leg."""
    if not briefs or not all(brief.final and brief.stage in FAILURES for brief in briefs):
        return None
    last = max(briefs, key=lambda brief: (brief.updated_at, brief.key))
    refused = all(brief.stage is Stage.REJECTED for brief in briefs)
    ours = step_reference(state.message_id, sent.step, sent.tries)
    legs = frozenset(step.choices[sent.choice].legs)
    if not any(brief.ref == ours for brief in briefs) and not legs <= {brief.channel for brief in briefs}:
        return None
    why = REJECTIONS.get(last.reason, Why.REJECTED) if refused else Why.FAILED
    return _Trouble(why, last.updated_at, last.reason, refused=refused)


def _fire(
    state: MessageState, step: int, tries: int, since: datetime, due: datetime, trouble: _Trouble, rule: str
) -> _Move:
    """A step goes out at ``due``; if that is later than ``since``, it is said so first."""
    waits = state.waits(step, tries)
    # What the wait was for may be reported again later; that does not make it longer.
    due = max((mark.until for mark in waits if mark.until is not None), default=due)
    if due > since and not waits:
        why = Why.BACK_OFF if trouble.why is Why.BACK_OFF else Why.SCHEDULED
        grounds = _grounds(state, rule, trouble)
        return _Move(Due(since), lambda now, _: _wait(state, why, step, tries, due, now, grounds))
    return _Move(
        Due(due, trouble.heard),
        lambda now, weigh: _fired(state, step, tries, now, weigh, trouble, rule, due if waits else None),
    )


def _fired(
    state: MessageState,
    number: int,
    tries: int,
    now: datetime,
    weigh: Weigh,
    trouble: _Trouble,
    rule: str,
    timer: datetime | None,
) -> Decision:
    """The step is sent, or put off until people may be disturbed, or it costs too much."""
    assert state.asked is not None  # noqa: S101 - `_next` has seen to it
    request, steps = state.asked.request, state.asked.steps
    plan, step = request.plan, steps[number - 1]
    sends = state.sends
    tried = [each for each in sends if each.step == number]
    weights = _weights(step, tried, trouble, weigh)
    spent = sum((each.cost for each in sends if each.cost is not None), Decimal(0))
    grounds = _grounds(state, rule, trouble, timer=timer, spent=spent)
    if plan is not None and plan.maximum_cost is not None:
        stand_ins = () if trouble.why is Why.BACK_OFF else _untried(step, tried)
        weights = _affordable(step, weights, stand_ins, plan.maximum_cost - spent)
        if not any(weights):
            last = sends[-1].step if sends else 0
            return _end(state, Why.TOO_COSTLY, last, now, grounds)
    index = pick_of(request.message_id, number, weights)
    choice = step.choices[index]
    if plan is not None and plan.quiet is not None:
        # The provider may go on to any of its legs, when it likes.
        open_from = max(plan.quiet.open_from(now, channel) for channel in (choice.order.channel, *choice.legs))
        if open_from > now:
            return _wait(state, Why.QUIET_HOURS, number, tries, open_from, now, grounds)
    if len(step.choices) > 1:
        names = [f"{each.order.provider}/{each.order.channel}" for each in step.choices]
        grounds = msgspec.structs.replace(grounds, weights=dict(zip(names, weights, strict=True)))
    others_left = number < len(steps) or any(other != index for other in _untried(step, tried))
    return SendDecision(
        decision_id=send_id(request.message_id, number, tries),
        message_id=request.message_id,
        decided_at=now,
        why=trouble.why,
        grounds=grounds,
        step=number,
        order=choice.order,
        on_doubt=step.on_doubt,
        tries=tries,
        expires_at=None if step.ttl_seconds is None else now + timedelta(seconds=step.ttl_seconds),
        waits=not others_left,
        choice=index,
        cost=choice.cost,
    )


def _weights(step: PlannedStep, tried: Sequence[Sent], trouble: _Trouble, weigh: Weigh) -> tuple[int, ...]:
    """What each choice weighs: the one before for a repetition, else those that were not tried at this step."""
    if trouble.why is Why.BACK_OFF and tried:
        return tuple(int(index == tried[-1].choice) for index in range(len(step.choices)))
    given = weigh(step.choices) if step.pick is Pick.BEST else [choice.weight for choice in step.choices]
    left = _untried(step, tried) or range(len(step.choices))
    weights = tuple(max(weight, 0) if index in left else 0 for index, weight in enumerate(given))
    return weights if any(weights) else tuple(int(index in left) for index in range(len(step.choices)))


def _affordable(step: PlannedStep, weights: Sequence[int], stand_ins: Sequence[int], left: Decimal) -> tuple[int, ...]:
    """The weights of the choices that cost no more than is left; where none of them is, the stand-ins that do not."""
    within = [choice.cost is None or choice.cost <= left for choice in step.choices]
    affordable = tuple(weight if fits else 0 for weight, fits in zip(weights, within, strict=True))
    if any(affordable):
        return affordable
    return tuple(int(fits and index in stand_ins) for index, fits in enumerate(within))


def _untried(step: PlannedStep, tried: Sequence[Sent]) -> list[int]:
    return [index for index in range(len(step.choices)) if all(each.choice != index for each in tried)]


def _step(state: MessageState, sent: Sent) -> PlannedStep:
    assert state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
    return state.asked.steps[sent.step - 1]


def _place(sent: Sent) -> tuple[int, int]:
    return sent.step, sent.tries


def _attempts_at(state: MessageState, sent: Sent, sends: Sequence[Sent]) -> list[AttemptBrief]:
    return [brief for _, brief in sorted(state.attempts.items()) if state.sending_of(brief, sends) == sent]


def _arrived(state: MessageState, brief: AttemptBrief, sends: Sequence[Sent]) -> Sent | None:
    """The sending that an attempt came of, if it arrived: at the handset, or as far as its step asks for."""
    sent = state.sending_of(brief, sends)
    return sent if brief.stage in SUCCESSES | ENOUGH[_step(state, sent).success] else None


def _words(trouble: _Trouble) -> str:
    said = {
        Why.TTL: "had not come far enough in time",
        Why.IN_DOUBT: "is in doubt",
        Why.WINDOW_CLOSED: "found the conversation window closed",
        Why.CIRCUIT_OPEN: "has a provider that is left alone",
        Why.NO_CREDIT: "has an account without credit",
        Why.FAILED: "failed",
    }.get(trouble.why, "was rejected")
    return f"{said} ({trouble.reason})" if trouble.reason else said


def _grounds(
    state: MessageState,
    rule: str,
    trouble: _Trouble,
    *,
    timer: datetime | None = None,
    spent: Decimal | None = None,
) -> Grounds:
    plan = state.asked.request.plan if state.asked else None
    return Grounds(
        rule=rule,
        plan=plan.name if plan else "",
        plan_version=plan.version if plan else "",
        seen=tuple(_seen(brief) for _, brief in sorted(state.attempts.items())),
        timer=timer or (trouble.at if trouble.heard else None),
        reason=trouble.reason,
        spent=spent or None,
    )


def _seen(brief: AttemptBrief) -> SeenStep:
    return SeenStep(
        provider=brief.provider,
        ref=brief.ref,
        channel=brief.channel,
        stage=brief.stage,
        heard_at=brief.updated_at,
        final=brief.final,
        reason=brief.reason,
        step=brief.step,
        tries=brief.tries,
    )


def _end(state: MessageState, why: Why, step: int, now: datetime, grounds: Grounds) -> EndDecision:
    plan = state.asked.request.plan if state.asked else None
    if plan is not None and not grounds.plan_version:
        seen = tuple(_seen(brief) for _, brief in sorted(state.attempts.items()))
        grounds = msgspec.structs.replace(grounds, plan=plan.name, plan_version=plan.version, seen=seen)
    return EndDecision(
        decision_id=end_id(state.message_id, why),
        message_id=state.message_id,
        decided_at=now,
        why=why,
        grounds=grounds,
        step=step,
        reference=state.asked.request.order.reference if state.asked else None,
        recipient=state.recipient,
    )


def _wait(
    state: MessageState, why: Why, step: int, tries: int, until: datetime | None, now: datetime, grounds: Grounds
) -> WaitDecision:
    return WaitDecision(
        decision_id=wait_id(state.message_id, step, tries, until),
        message_id=state.message_id,
        decided_at=now,
        why=why,
        grounds=grounds,
        step=step,
        tries=tries,
        until=until,
    )


def _outcome_decision(
    state: MessageState,
    sends: Sequence[Sent],
    arrived: Mapping[int, AttemptBrief],
    outcome: FailoverOutcome,
    now: datetime,
) -> OutcomeDecision:
    known = [sent.cost for sent in sends[1:] if sent.cost is not None]
    later = [brief.arrived_at for step, brief in arrived.items() if step != sends[0].step and brief.arrived_at]
    first = min(arrived, key=lambda step: arrived[step].arrived_at or arrived[step].updated_at, default=0)
    why = Why.EXHAUSTED if outcome is FailoverOutcome.FAILED_TOO else Why.SUCCEEDED
    return OutcomeDecision(
        decision_id=outcome_id(state.message_id, outcome),
        message_id=state.message_id,
        decided_at=now,
        why=why,
        grounds=_grounds(state, f"{len(sends)} sendings, {len(arrived)} steps arrived", _Trouble(why, now)),
        outcome=outcome,
        step=first,
        extra_cost=sum(known, Decimal(0)) if known else None,
        added_seconds=(min(later) - sends[0].at).total_seconds() if later else None,
    )


def _begin(state: MessageState, offset: int) -> Sequence[Decision]:
    asked = state.asked
    if asked is None or asked.offset != offset or not asked.at_once:
        return []
    return [_direct(state, 1, 0, 0, asked.request.received_at, Why.REQUESTED)]


def _direct(state: MessageState, number: int, tries: int, index: int, at: datetime, why: Why) -> SendDecision:
    assert state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
    step = state.asked.steps[number - 1]
    choice = step.choices[index]
    return SendDecision(
        decision_id=send_id(state.message_id, number, tries),
        message_id=state.message_id,
        decided_at=at,
        why=why,
        step=number,
        order=choice.order,
        on_doubt=step.on_doubt,
        tries=tries,
        expires_at=None if step.ttl_seconds is None else at + timedelta(seconds=step.ttl_seconds),
        choice=index,
        cost=choice.cost,
    )


def _cancellable(brief: AttemptBrief) -> bool:
    return brief.stage in CANCELLABLE


def _superseded(state: MessageState, brief: AttemptBrief, now: datetime, _weigh: Weigh) -> CancelDecision:
    return _cancel(state, brief, now, Why.SUPERSEDED)


def _cancel(state: MessageState, brief: AttemptBrief, at: datetime, why: Why) -> CancelDecision:
    return CancelDecision(
        decision_id=cancel_id(brief.provider, brief.ref),
        message_id=state.message_id,
        decided_at=at,
        why=why,
        target=brief.target(state.recipient),
    )


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
    )
    if not known.resend:
        return [settled]
    return [settled, _direct(state, request.step, request.tries + 1, sent.choice, request.received_at, Why.SETTLED)]
