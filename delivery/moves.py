"""What a message asks for next, of all that its plan may: when it is due, and what is decided then.

In this order: a leg that is not needed any more is withdrawn, what came of failing over is told, a success ends the
plan; and while none of that is so, the plan takes its course.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

import msgspec

from delivery.briefs import AttemptBrief
from delivery.choosing import Weigh, affordable, untried, weights_of
from delivery.decisions import (
    CancelDecision,
    Decision,
    FailoverOutcome,
    Grounds,
    Why,
    cancel_id,
    outcome_id,
)
from delivery.message_states import MessageState
from delivery.plans import (
    ENOUGH,
    NEXT,
    PROVIDER_FAULTS,
    Then,
    pick_of,
)
from delivery.recording import ending, grounds_of, outcome_of, seen_step, sending, waiting, withdraw
from delivery.sendings import Sent
from delivery.stages import SUCCESSES, Stage
from delivery.verdicts import Trouble, failure_of, given_up, in_words, refusal_of, step_of, trouble_of

CANCELLABLE: Final = frozenset({Stage.SCHEDULED, Stage.QUEUED})


class Due(NamedTuple):
    """When something is to be decided. ``heard``: not before all that was received by then has been taken in."""

    at: datetime
    heard: bool = False


class Move(NamedTuple):
    """What is to be decided next, and when; ``make`` decides it, given the time and the shares."""

    due: Due
    make: Callable[[datetime, Weigh], Decision]


def next_move(state: MessageState) -> Move | None:
    if state.asked is None:
        return None
    sends = state.sends
    return (
        _withdrawal(state, sends)
        or _outcome(state, sends)
        or _success(state, sends)
        or (None if state.ended() else _course(state, sends))
    )


def _withdrawal(state: MessageState, sends: Sequence[Sent]) -> Move | None:
    """A leg that can still be withdrawn, once a later one is sent or another one has succeeded."""
    under_way = [brief for brief in state.under_way if cancellable(brief)]
    if not sends or not under_way:
        return None
    enough = _fulfilled(state, sends)
    for brief in under_way:
        sent = state.sending_of(brief, sends)
        needed = sent == enough[0] if enough else sent == sends[-1]
        if not needed and cancel_id(brief.provider, brief.ref) not in state.marks:
            return Move(Due(brief.updated_at), partial(_superseded, state, brief))
    return None


def _outcome(state: MessageState, sends: Sequence[Sent]) -> Move | None:
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
    return Move(Due(since), lambda now, _: outcome_of(state, sends, arrived, outcome, now))


def _success(state: MessageState, sends: Sequence[Sent]) -> Move | None:
    if state.ended(Why.SUCCEEDED):
        return None
    enough = _fulfilled(state, sends)
    if enough is None:
        return None
    sent, brief = enough
    grounds = Grounds(rule=f"step {sent.step} is {brief.stage}", seen=(seen_step(brief),))
    return Move(Due(brief.updated_at), lambda now, _: ending(state, Why.SUCCEEDED, sent.step, now, grounds))


def _fulfilled(state: MessageState, sends: Sequence[Sent]) -> tuple[Sent, AttemptBrief] | None:
    """The sending that came as far as its step asks for, first of all, and the attempt that did."""
    found = [
        (brief.updated_at, brief.key, sent, brief)
        for brief in state.attempts.values()
        if sends and brief.stage in ENOUGH[step_of(state, sent := state.sending_of(brief, sends)).success]
    ]
    return min(found)[2:] if found else None


def _course(state: MessageState, sends: Sequence[Sent]) -> Move | None:
    """What the plan asks for while it is neither fulfilled nor over."""
    assert state.asked is not None  # noqa: S101 - `next_move` has seen to it
    request = state.asked.request
    if state.cancel_requested_at is not None:
        at, last = state.cancel_requested_at, sends[-1].step if sends else 0
        return Move(Due(at), lambda now, _: ending(state, Why.CANCELLED, last, now, Grounds(rule="it was withdrawn")))
    if not sends:
        begins = max(request.received_at, request.send_at or request.received_at)
        rule = "the first step goes out when it is asked for"
        return _fire(state, 1, 0, request.received_at, begins, Trouble(Why.REQUESTED, request.received_at), rule)
    return _after(state, sends)


def _after(state: MessageState, sends: Sequence[Sent]) -> Move | None:
    """What follows from how the last sending stands."""
    sent = sends[-1]
    step = step_of(state, sent)
    briefs = attempts_at(state, sent, sends)
    if given_up(briefs) and failure_of(state, sent, step, briefs) is None:
        at = max(brief.updated_at for brief in briefs)
        grounds = Grounds(rule="its receipt window has closed", seen=tuple(map(seen_step, briefs)))
        return Move(Due(at), lambda now, _: ending(state, Why.NO_RECEIPT, sent.step, now, grounds))
    trouble = trouble_of(state, sent, step, briefs)
    if trouble is None:
        return None
    if trouble.why is Why.HELD:
        if any(each.why is Why.HELD for each in state.waits(sent.step, sent.tries)):
            return None
        rule = f"nobody can tell whether step {sent.step} was taken, and it says to hold"
        held = Grounds(rule=rule, timer=trouble.at)
        return Move(
            Due(trouble.at, trouble.heard),
            lambda now, _: waiting(state, Why.HELD, sent.step, sent.tries, None, now, held),
        )
    return _onwards(state, sends, trouble)


def _onwards(state: MessageState, sends: Sequence[Sent], trouble: Trouble) -> Move:
    """The rule for what went wrong, applied."""
    assert state.asked is not None  # noqa: S101 - `next_move` has seen to it
    sent, steps = sends[-1], state.asked.steps
    step = steps[sent.step - 1]
    rule = step.rule(trouble.reason) if trouble.reason else NEXT
    about = f"step {sent.step} {in_words(trouble)}"
    due = Due(trouble.at, trouble.heard)
    word = refusal_of(state, sends)
    if rule.then is Then.STOP or word is not None:
        said = f"{about}: stop" if word is None else f"{about}, and the person had said no ({word}): stop"
        grounds = grounds_of(state, said, trouble)
        return Move(due, lambda now, _: ending(state, Why.STOPPED, sent.step, now, grounds))
    tried = [each for each in sends if each.step == sent.step]
    if trouble.refused and trouble.reason in PROVIDER_FAULTS and untried(step, tried):
        return _fire(state, sent.step, sent.tries + 1, trouble.at, trouble.at, trouble, f"{about}: another provider")
    retries = sum(each.why is Why.BACK_OFF for each in tried)
    if rule.then is Then.RETRY and retries < rule.times:
        at = trouble.at + timedelta(seconds=rule.after_seconds * 2**retries)
        again = trouble._replace(why=Why.BACK_OFF, heard=False)
        return _fire(state, sent.step, sent.tries + 1, trouble.at, at, again, f"{about}: the same step again")
    if sent.step == len(steps):
        grounds = grounds_of(state, f"{about}, the last one", trouble)
        return Move(due, lambda now, _: ending(state, Why.EXHAUSTED, sent.step, now, grounds))
    return _fire(state, sent.step + 1, 0, trouble.at, trouble.at, trouble, f"{about}: the next step")


def _fire(
    state: MessageState, step: int, tries: int, since: datetime, due: datetime, trouble: Trouble, rule: str
) -> Move:
    """A step goes out at ``due``; if that is later than ``since``, it is said so first."""
    waits = state.waits(step, tries)
    # What the wait was for may be reported again later; that does not make it longer.
    due = max((mark.until for mark in waits if mark.until is not None), default=due)
    if due > since and not waits:
        why = Why.BACK_OFF if trouble.why is Why.BACK_OFF else Why.SCHEDULED
        grounds = grounds_of(state, rule, trouble)
        return Move(Due(since), lambda now, _: waiting(state, why, step, tries, due, now, grounds))
    return Move(
        Due(due, trouble.heard),
        lambda now, weigh: _fired(state, step, tries, now, weigh, trouble, rule, due if waits else None),
    )


def _fired(
    state: MessageState,
    number: int,
    tries: int,
    now: datetime,
    weigh: Weigh,
    trouble: Trouble,
    rule: str,
    timer: datetime | None,
) -> Decision:
    """The step is sent, or put off until people may be disturbed, or it costs too much."""
    assert state.asked is not None  # noqa: S101 - `next_move` has seen to it
    request, steps = state.asked.request, state.asked.steps
    plan, step = request.plan, steps[number - 1]
    sends = state.sends
    tried = [each for each in sends if each.step == number]
    weights = weights_of(step, tried, trouble, weigh)
    spent = sum((each.cost for each in sends if each.cost is not None), Decimal(0))
    grounds = grounds_of(state, rule, trouble, timer=timer, spent=spent)
    if plan is not None and plan.maximum_cost is not None:
        stand_ins = () if trouble.why is Why.BACK_OFF else untried(step, tried)
        weights = affordable(step, weights, stand_ins, plan.maximum_cost - spent)
        if not any(weights):
            last = sends[-1].step if sends else 0
            return ending(state, Why.TOO_COSTLY, last, now, grounds)
    index = pick_of(request.message_id, number, weights)
    choice = step.choices[index]
    if plan is not None and plan.quiet is not None:
        # The provider may go on to any of its legs, when it likes.
        open_from = max(plan.quiet.open_from(now, channel) for channel in (choice.order.channel, *choice.legs))
        if open_from > now:
            return waiting(state, Why.QUIET_HOURS, number, tries, open_from, now, grounds)
    if len(step.choices) > 1:
        names = [f"{each.order.provider}/{each.order.channel}" for each in step.choices]
        grounds = msgspec.structs.replace(grounds, weights=dict(zip(names, weights, strict=True)))
    others_left = number < len(steps) or any(other != index for other in untried(step, tried))
    return sending(state, number, tries, index, now, trouble.why, grounds, waits=not others_left)


def _place(sent: Sent) -> tuple[int, int]:
    return sent.step, sent.tries


def attempts_at(state: MessageState, sent: Sent, sends: Sequence[Sent]) -> list[AttemptBrief]:
    return [brief for _, brief in sorted(state.attempts.items()) if state.sending_of(brief, sends) == sent]


def _arrived(state: MessageState, brief: AttemptBrief, sends: Sequence[Sent]) -> Sent | None:
    """The sending that an attempt came of, if it arrived: at the handset, or as far as its step asks for."""
    sent = state.sending_of(brief, sends)
    return sent if brief.stage in SUCCESSES | ENOUGH[step_of(state, sent).success] else None


def cancellable(brief: AttemptBrief) -> bool:
    return brief.stage in CANCELLABLE


def _superseded(state: MessageState, brief: AttemptBrief, now: datetime, _weigh: Weigh) -> CancelDecision:
    return withdraw(state, brief, now, Why.SUPERSEDED)
