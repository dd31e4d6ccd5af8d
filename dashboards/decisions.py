"""Lists what was decided, newest first.

Decisions are records of a log: what was decided once stays as it is. Where one was decided again after a crash, the
first counts and is the one that is listed; a page may hold fewer than were asked for on account of that.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from dashboards.cursor import Cursor, digest, read_cursor
from dashboards.decision_answers import DecisionKind, Decisions
from dashboards.filters import read_narrowed
from dashboards.listing import EARLIEST, LATEST
from dashboards.parameters import Read, message_id, moment, number, text, word
from dashboards.reader import Reader, Row
from dashboards.sending import listed_decision
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.reasons import Reason

MOST_STEPS: Final = 1000


class DecisionFilters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which decisions are listed: those that meet all of these at once. None means any.

    `reason` is that of the failure which a decision rests on. `since` is included, `until` is not.
    """

    message_id: str | None = None
    kind: DecisionKind | None = None
    why: Why | None = None
    plan: str | None = None
    provider: str | None = None
    channel: Channel | None = None
    reason: Reason | None = None
    outcome: FailoverOutcome | None = None
    step: int | None = None
    since: datetime | None = None
    until: datetime | None = None


NARROWED_BY: Final[Mapping[str, tuple[str, Read]]] = {
    "message_id": ("message_id", message_id),
    "kind": ("kind", word(DecisionKind)),
    "why": ("why", word(Why)),
    "plan": ("plan", text),
    "provider": ("provider", text),
    "channel": ("channel", word(Channel)),
    "reason": ("reason", word(Reason)),
    "outcome": ("outcome", word(FailoverOutcome)),
    "step": ("step", number(0, MOST_STEPS)),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `DecisionFilters` that it sets, and how it is read."""


class AskedDecisions(Struct, frozen=True):
    """One page of decisions: the question's `parameters`, how many at most, and what tells its filters from others."""

    parameters: Mapping[str, Any]
    limit: int
    filters: str


def read_decisions_asked(given: Iterable[tuple[str, str]]) -> AskedDecisions:
    """What the `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    filters, page = read_narrowed(given, NARROWED_BY, DecisionFilters)
    filters_digest = digest(filters)
    after = read_cursor(page.cursor, filters_digest) if page.cursor else None
    asked = {
        **_parameters(filters),
        "before": after.opened_at if after else LATEST,
        "before_id": after.message_id if after else "",
        "limit": page.limit + 1,
    }
    return AskedDecisions(asked, page.limit, filters_digest)


async def read_decisions(reader: Reader, asked: AskedDecisions) -> Decisions:
    """One page of them."""
    rows = await reader.rows("decisions", asked.parameters)
    shown = rows[: asked.limit]
    last = Cursor(shown[-1]["decided_at"], shown[-1]["decision_id"], asked.filters) if len(rows) > asked.limit else None
    firsts = await _firsts(reader, shown)
    return Decisions(
        decisions=[
            listed_decision({**row, "copies": copies})
            for row in shown
            for first, copies in (firsts[row["message_id"], row["decision_id"]],)
            if row["_offset"] == first
        ],
        next_cursor=last.written() if last else None,
    )


def _parameters(filters: DecisionFilters) -> dict[str, Any]:
    told = {name: getattr(filters, name) for name in filters.__struct_fields__}
    return {
        **{name: said or "" for name, said in told.items()},
        "step": -1 if filters.step is None else filters.step,
        "since": filters.since or EARLIEST,
        "until": filters.until or LATEST,
    }


async def _firsts(reader: Reader, rows: list[Row]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """The offset of the first record of each decision, and how many there are."""
    if not rows:
        return {}
    asked = {
        "message_ids": sorted({row["message_id"] for row in rows}),
        "decision_ids": sorted({row["decision_id"] for row in rows}),
    }
    found = await reader.rows("decision_firsts", asked)
    return {(row["message_id"], row["decision_id"]): (row["first"], row["copies"]) for row in found}
