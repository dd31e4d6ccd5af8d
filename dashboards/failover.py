"""Reports what failing over came to: how often it rescued a message, or was needless, at what cost and delay."""

import asyncio
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from dashboards.errors import Unreadable
from dashboards.filters import check_period
from dashboards.money import plain
from dashboards.parameters import DEFAULT_LIMIT, LARGEST_LIMIT, Read, limit, moment, read_known, text, word
from dashboards.reader import Reader, Row
from dashboards.report_answers import FailoverReport, PlanFigures, PlanReport, StepReport
from delivery.channels import Channel

DEFAULT_PERIOD: Final = timedelta(days=1)
LONGEST_PERIOD: Final = timedelta(days=92)
PARAMETERS: Final[Mapping[str, Read]] = {
    "from": moment,
    "to": moment,
    "plan": text,
    "provider": text,
    "channel": word(Channel),
    "limit": limit,
}
NOTHING: Final[Row] = {
    **dict.fromkeys(("messages", "sent", "failed_over", "rescued", "needless", "both", "failed_too", "pending"), 0),
    **dict.fromkeys(("cost", "extra_cost"), Decimal(0)),
    "sendings_of_unknown_cost": 0,
    "added_seconds": (math.nan, math.nan),
}


async def read_failover(reader: Reader, given: Iterable[tuple[str, str]]) -> FailoverReport:
    """The report that `given` pairs ask for, of the last day where no period is given.

    Raises `Unreadable` naming the parameter at fault.
    """
    read = read_known(given, PARAMETERS)
    until = read.get("to") or datetime.now(UTC)
    since = read.get("from") or until - DEFAULT_PERIOD
    _check(since, until)
    most = read.get("limit", DEFAULT_LIMIT)
    asked = {
        "since": since,
        "until": until,
        **{name: read.get(name, "") for name in ("plan", "provider", "channel")},
    }
    plans, steps = await asyncio.gather(
        reader.rows("failover_plans", {**asked, "limit": most + 1}),
        reader.rows("failover_steps", {**asked, "limit": most}),
    )
    totals, by_plan = [row for row in plans if row["total"]], [row for row in plans if not row["total"]]
    plans_left_off = _left_off(by_plan, max(plans[0]["all_rows"] - 1, 0) if plans else 0)
    steps_left_off = _left_off(steps, steps[0]["all_rows"] if steps else 0)
    left_off = {"plans": plans_left_off, "steps": steps_left_off}
    return FailoverReport(
        since=since,
        until=until,
        plan=read.get("plan"),
        provider=read.get("provider"),
        channel=read.get("channel"),
        limit=most,
        total=msgspec.convert(_figures(totals[0] if totals else NOTHING), PlanFigures),
        plans=[msgspec.convert(_figures(row), PlanReport) for row in by_plan],
        plans_left_off=plans_left_off,
        steps=[msgspec.convert(_fates(row), StepReport) for row in steps],
        steps_left_off=steps_left_off,
        notes=[*_period_notes(read), *(_note(name, left, most) for name, left in left_off.items() if left)],
    )


def _check(since: datetime, until: datetime) -> None:
    check_period(since, until)
    if until - since > LONGEST_PERIOD:
        raise Unreadable(
            "from", f"ask for at most {LONGEST_PERIOD.days} days at a time, and for longer in several requests"
        )


def _left_off(shown: list[Row], there_are: int) -> int:
    return there_are - len(shown)


def _period_notes(read: Mapping[str, Any]) -> list[str]:
    if "from" in read:
        return []
    return [f"this is of one day: give 'from' and 'to' for another period, {LONGEST_PERIOD.days} days at most"]


def _note(name: str, left: int, shown: int) -> str:
    if shown < LARGEST_LIMIT:
        return f"{left} more {name} are not shown: give a larger 'limit', {LARGEST_LIMIT} at most"
    return f"{left} more {name} are not shown: narrow it with 'plan', 'provider' or 'channel', or a shorter period"


def _fates(row: Row) -> dict[str, Any]:
    p50, p95 = (None if math.isnan(seconds) else seconds for seconds in row["added_seconds"])
    return {**row, "cost": plain(row["cost"]), "added_seconds_p50": p50, "added_seconds_p95": p95}


def _figures(row: Row) -> dict[str, Any]:
    known = row["failed_over"] - row["pending"]
    return {
        **_fates(row),
        "extra_cost": plain(row["extra_cost"]),
        "rescue_rate": row["rescued"] / known if known else None,
        "needless_rate": row["needless"] / known if known else None,
    }
