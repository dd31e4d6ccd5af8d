"""A page of decisions for other programs: a table with a row for each, or the question that it answers."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from dashboards.decision_answers import DecisionKind, Decisions, ListedDecision
from dashboards.listing_files import as_file
from dashboards.reports.formats import Format
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.reasons import Reason


class WrittenDecision(Struct, kw_only=True):
    """A decision; of its grounds what is said in a word: the rule, the plan, and why the step before had failed."""

    decided_at: datetime
    message_id: str
    decision_id: str
    kind: DecisionKind
    why: Why
    step: int | None
    tries: int | None
    provider: str | None
    channel: Channel | None
    outcome: FailoverOutcome | None
    cost: Decimal | None
    extra_cost: Decimal | None
    added_seconds: float | None
    until: datetime | None
    expires_at: datetime | None
    resend: bool
    copies: int
    rule: str | None = None
    plan: str | None = None
    plan_version: str | None = None
    reason: Reason | None = None


OF_GROUNDS: Final = ("rule", "plan", "plan_version", "reason")


def written(page: Decisions, form: Format, request: Request) -> Response:
    return as_file(
        "decisions", WrittenDecision, [_row(each) for each in page.decisions], form, request, page.next_cursor
    )


def _row(decision: ListedDecision) -> WrittenDecision:
    told = {name: getattr(decision, name) for name in WrittenDecision.__struct_fields__ if name not in OF_GROUNDS}
    grounds = {name: getattr(decision.grounds, name) for name in OF_GROUNDS} if decision.grounds else {}
    return WrittenDecision(**told, **grounds)
