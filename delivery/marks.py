"""That something was decided of a message: what is kept of a decision for those that come later."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    OutcomeDecision,
    SendDecision,
    WaitDecision,
    Why,
)
from delivery.events import Moment


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


def mark_of(decision: Decision) -> Mark | None:
    """None where nothing later depends on it."""
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
