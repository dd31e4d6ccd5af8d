"""How a sending stands: whether it is to be given up for what comes next, why, and since when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from delivery.briefs import AttemptBrief
from delivery.decisions import (
    Why,
    send_id,
    step_reference,
)
from delivery.message_states import MessageState
from delivery.plans import PERSONS_WORD, OnDoubt, PlannedStep, Then
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.sendings import Sent
from delivery.stages import FAILURES, Stage

REJECTIONS: Final[Mapping[Reason | None, Why]] = {
    Reason.WINDOW_CLOSED: Why.WINDOW_CLOSED,
    Reason.PROVIDER_UNAVAILABLE: Why.CIRCUIT_OPEN,
    Reason.NO_CREDIT: Why.NO_CREDIT,
}
"""What refusals are called that have a name of their own."""


class Trouble(NamedTuple):
    """Why a sending is given up, and since when. ``refused``: no provider took it."""

    why: Why
    at: datetime
    reason: Reason | None = None
    refused: bool = False
    heard: bool = False


def trouble_of(state: MessageState, sent: Sent, step: PlannedStep, briefs: Sequence[AttemptBrief]) -> Trouble | None:
    """Why a sending is to be given up, or will be; None where that is not to be foreseen."""
    decision_id = send_id(state.message_id, sent.step, sent.tries)
    failed = failure_of(state, sent, step, briefs)
    if failed is not None:
        return failed
    settled = state.settlements.get(decision_id)
    if settled is not None and settled.finding is Finding.NOT_SENT and not briefs:
        return Trouble(Why.REJECTED, settled.at, refused=True)
    going_on = step.on_doubt is OnDoubt.NEXT
    if going_on and not briefs and decision_id in state.abandoned:
        return Trouble(Why.IN_DOUBT, state.abandoned[decision_id])
    if step.ttl_seconds is None:
        return None
    over = sent.at + timedelta(seconds=step.ttl_seconds)
    if briefs or going_on or settled is not None:
        return Trouble(Why.TTL, over, heard=True)
    return Trouble(Why.HELD, over, heard=True)


def failure_of(state: MessageState, sent: Sent, step: PlannedStep, briefs: Sequence[AttemptBrief]) -> Trouble | None:
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
    return Trouble(why, last.updated_at, last.reason, refused=refused)


def given_up(briefs: Sequence[AttemptBrief]) -> bool:
    """Whether nothing more is awaited of any attempt, of some because its receipt window is over."""
    closed = [brief for brief in briefs if brief.closed or (brief.final and brief.stage is Stage.UNKNOWN)]
    return bool(closed) and all(brief.final for brief in briefs)


def refusal_of(state: MessageState, sends: Sequence[Sent]) -> Reason | None:
    """What the person is known to want, by any step's failure, where that step's rule for it is to stop.

    It may have been heard after the next step was sent, and holds for those after that too.
    """
    for _, brief in sorted(state.attempts.items()):
        if brief.final and brief.stage in FAILURES and brief.reason in PERSONS_WORD:
            rule = step_of(state, state.sending_of(brief, sends)).rule(brief.reason)
            if rule.then is Then.STOP:
                return brief.reason
    return None


def in_words(trouble: Trouble) -> str:
    said = {
        Why.TTL: "had not come far enough in time",
        Why.IN_DOUBT: "is in doubt",
        Why.WINDOW_CLOSED: "found the conversation window closed",
        Why.CIRCUIT_OPEN: "has a provider that is left alone",
        Why.NO_CREDIT: "has an account without credit",
        Why.FAILED: "failed",
    }.get(trouble.why, "was rejected")
    return f"{said} ({trouble.reason})" if trouble.reason else said


def step_of(state: MessageState, sent: Sent) -> PlannedStep:
    """What the plan says of the step that was sent."""
    assert state.asked is not None  # noqa: S101 - nothing is sent that was not asked for
    return state.asked.steps[sent.step - 1]
