"""Decisions as they are written down, with the grounds that they rest on."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from delivery.briefs import AttemptBrief
from delivery.decisions import (
    CancelDecision,
    EndDecision,
    FailoverOutcome,
    Grounds,
    OutcomeDecision,
    SeenStep,
    SendDecision,
    WaitDecision,
    Why,
    cancel_id,
    end_id,
    outcome_id,
    send_id,
    wait_id,
)
from delivery.message_states import MessageState
from delivery.sendings import Sent
from delivery.verdicts import Trouble


def grounds_of(
    state: MessageState,
    rule: str,
    trouble: Trouble,
    *,
    timer: datetime | None = None,
    spent: Decimal | None = None,
) -> Grounds:
    plan = state.asked.request.plan if state.asked else None
    return Grounds(
        rule=rule,
        plan=plan.name if plan else "",
        plan_version=plan.version if plan else "",
        seen=tuple(seen_step(brief) for _, brief in sorted(state.attempts.items())),
        timer=timer or (trouble.at if trouble.heard else None),
        reason=trouble.reason,
        spent=spent or None,
    )


def seen_step(brief: AttemptBrief) -> SeenStep:
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


def ending(state: MessageState, why: Why, step: int, now: datetime, grounds: Grounds) -> EndDecision:
    plan = state.asked.request.plan if state.asked else None
    if plan is not None and not grounds.plan_version:
        seen = tuple(seen_step(brief) for _, brief in sorted(state.attempts.items()))
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


def waiting(
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


def outcome_of(
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
        grounds=grounds_of(state, f"{len(sends)} sendings, {len(arrived)} steps arrived", Trouble(why, now)),
        outcome=outcome,
        step=first,
        extra_cost=sum(known, Decimal(0)) if known else None,
        added_seconds=(min(later) - sends[0].at).total_seconds() if later else None,
    )


def sending(
    state: MessageState,
    number: int,
    tries: int,
    index: int,
    at: datetime,
    why: Why,
    grounds: Grounds | None = None,
    *,
    waits: bool = True,
) -> SendDecision:
    """``index`` is that of the step's choice."""
    assert state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
    step = state.asked.steps[number - 1]
    choice = step.choices[index]
    return SendDecision(
        decision_id=send_id(state.message_id, number, tries),
        message_id=state.message_id,
        decided_at=at,
        why=why,
        grounds=grounds,
        step=number,
        order=choice.order,
        on_doubt=step.on_doubt,
        tries=tries,
        expires_at=None if step.ttl_seconds is None else at + timedelta(seconds=step.ttl_seconds),
        waits=waits,
        choice=index,
        cost=choice.cost,
    )


def withdraw(state: MessageState, brief: AttemptBrief, at: datetime, why: Why) -> CancelDecision:
    return CancelDecision(
        decision_id=cancel_id(brief.provider, brief.ref),
        message_id=state.message_id,
        decided_at=at,
        why=why,
        target=brief.target(state.recipient),
    )
