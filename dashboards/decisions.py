"""Lists what was decided, newest first.

Decisions are records of a log: what was decided once stays as it is. Where one was decided again after a crash, the
first counts and is the one that is listed; a page may hold fewer than were asked for on account of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from dashboards.decision_answers import DecisionKind, Decisions
from dashboards.filters import period_of, read_narrowed
from dashboards.paging import Paging, paging
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
    """One page of decisions, and the question's `parameters` for it."""

    paged: Paging
    parameters: Mapping[str, Any]


def read_decisions_asked(given: Iterable[tuple[str, str]]) -> AskedDecisions:
    """What the `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    filters, page = read_narrowed(given, NARROWED_BY, DecisionFilters)
    paged = paging(page, filters)
    return AskedDecisions(paged, {**_parameters(filters), **paged.newest_first()})


async def read_decisions(reader: Reader, asked: AskedDecisions) -> Decisions:
    """One page of them."""
    rows = await reader.rows("decisions", asked.parameters)
    shown, onward = asked.paged.shown(rows, at="decided_at", row_id="decision_id")
    firsts = await _firsts(reader, shown)
    return Decisions(
        decisions=[
            listed_decision({**row, "copies": copies})
            for row in shown
            for first, copies in (firsts[row["message_id"], row["decision_id"]],)
            if row["_offset"] == first
        ],
        next_cursor=onward,
    )


def _parameters(filters: DecisionFilters) -> dict[str, Any]:
    told = {name: getattr(filters, name) for name in filters.__struct_fields__}
    return {
        **{name: said or "" for name, said in told.items()},
        "step": -1 if filters.step is None else filters.step,
        **period_of(filters),
    }


async def _firsts(reader: Reader, rows: Sequence[Row]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """The offset of the first record of each decision, and how many there are."""
    if not rows:
        return {}
    asked = {
        "message_ids": sorted({row["message_id"] for row in rows}),
        "decision_ids": sorted({row["decision_id"] for row in rows}),
    }
    found = await reader.rows("decision_firsts", asked)
    return {(row["message_id"], row["decision_id"]): (row["first"], row["copies"]) for row in found}
