"""The shapes in which decisions are answered. Whoever reads them must bear fields that are added."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage
from delivery.steps import StepStanding


class DecisionKind(StrEnum):
    SEND = "send"
    POLL = "poll"
    CANCEL = "cancel"
    SETTLE = "settle"
    WAIT = "wait"
    END = "end"
    OUTCOME = "outcome"


class SeenAnswer(Struct, kw_only=True):
    """An attempt as it stood when something was decided."""

    provider: str
    ref: str
    channel: Channel
    stage: Stage
    heard_at: datetime
    final: bool = False
    reason: Reason | None = None
    step: int | None = None
    tries: int = 0


class GroundsAnswer(Struct, kw_only=True):
    """What a decision rests on: the rule in words, the plan, the attempts that were seen, the moment that had come
    (`timer`), the failure's reason, what was spent before, and what each choice of the step weighed.
    """

    rule: str
    plan: str = ""
    plan_version: str = ""
    seen: list[SeenAnswer] = []
    timer: datetime | None = None
    reason: Reason | None = None
    spent: Decimal | None = None
    weights: dict[str, int] = {}


class Decided(Struct, kw_only=True):
    """What was decided, why, and on which grounds.

    `send`: `choice` is the index in the plan's step, `cost` what it is expected to cost, and it is not sent after
    `expires_at`. `wait`: the step is due `until` then, or, without a time, when somebody can tell more. `end`: nothing
    more is sent; `step` is the one that succeeded, else the last. `outcome`: what came of having sent more than one
    step, as far as is known. `copies` is how many records say it; the first counts.
    """

    decision_id: str
    kind: DecisionKind
    decided_at: datetime
    why: Why
    provider: str | None
    channel: Channel | None
    step: int | None
    tries: int | None
    on_doubt: OnDoubt | None
    expires_at: datetime | None
    waits: bool | None
    choice: int | None
    cost: Decimal | None
    until: datetime | None
    outcome: FailoverOutcome | None
    extra_cost: Decimal | None
    added_seconds: float | None
    grounds: GroundsAnswer | None
    round: int | None
    ref: str | None
    finding: Finding | None
    resend: bool
    copies: int


class DecisionAnswer(Decided, kw_only=True):
    """What was decided, as its message shows it: of a decision to send, `standing` is what came of it so far."""

    standing: StepStanding | None


class ListedDecision(Decided, kw_only=True):
    """What was decided, as a listing across messages shows it."""

    message_id: str


class Decisions(Struct, kw_only=True):
    """What was decided, newest first; `next_cursor` is None on the last page."""

    decisions: list[ListedDecision]
    next_cursor: str | None
