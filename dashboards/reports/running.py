"""Asks the questions of a report and makes rows of what is answered."""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct

from dashboards.errors import Refused
from dashboards.money import plain
from dashboards.parameters import LARGEST_LIMIT
from dashboards.problems import answer_or_refusal
from dashboards.reader import Reader, Row
from dashboards.reads import NOTHING_READ, Read
from dashboards.reports.asked import FILTERED_BY, LONGEST_PERIOD, Asked
from dashboards.reports.catalogue import EDGES, MOST_ROWS, Table
from dashboards.reports.rows import Period
from delivery.stages import FAILURES, SUCCESSES

NEXT_EDGES: Final = dict(zip(EDGES, (*EDGES[1:], None), strict=True))


class Filled(Struct, frozen=True):
    """One table's rows, whether there are more than these of any period, and what they cost."""

    rows: Sequence[Struct]
    cut: bool
    read: Read


class FilledAll(Struct, frozen=True):
    """Each table by its name, or why it could not be filled."""

    tables: Mapping[str, Filled]
    failed: Mapping[str, Refused]


async def fill_all(reader: Reader, tables: Sequence[Table], asked: Asked) -> FilledAll:
    """All of them at once, each for itself. Raises `Refused` where not one could be filled."""
    found = await asyncio.gather(*(answer_or_refusal(fill(reader, table, asked)) for table in tables))
    by_name = dict(zip((table.name for table in tables), found, strict=True))
    failed = {name: each for name, each in by_name.items() if isinstance(each, Refused)}
    if len(failed) == len(tables):
        raise failed[tables[0].name]
    return FilledAll({name: each for name, each in by_name.items() if isinstance(each, Filled)}, failed)


async def fill(reader: Reader, table: Table, asked: Asked) -> Filled:
    """The table's rows of the period, and of the one before where that is asked for, each saying of which it is."""
    periods = {Period.CURRENT: asked}
    if asked.compare and not (table.changes or table.of_now):
        periods[Period.PREVIOUS] = asked.before()
    filled = await asyncio.gather(*(_fill(reader, table, each, period) for period, each in periods.items()))
    return Filled(
        [row for each in filled for row in each.rows],
        any(each.cut for each in filled),
        sum((each.read for each in filled), NOTHING_READ),
    )


async def _fill(reader: Reader, table: Table, asked: Asked, period: Period) -> Filled:
    answer = await reader.answer(f"reports/{table.question}", parameters(table, asked))
    answered = answer.rows
    totals = [row for row in answered if row.get("total")]
    ranked = answered[len(totals) + asked.skip :]
    shown = [*([] if asked.skip else totals), *ranked[: page_size(table, asked)]]
    rows = [msgspec.convert({**_read(row), "period": period}, table.row) for row in shown]
    return Filled(rows, len(ranked) > page_size(table, asked), answer.read)


def page_size(table: Table, asked: Asked) -> int:
    """How many rows of it are shown at once, those of all together apart."""
    return MOST_ROWS if table.long else asked.limit


def parameters(table: Table, asked: Asked) -> dict[str, Any]:
    """What the table's question is asked with: one row more than is shown, so that one sees whether there are more."""
    return {
        "since": asked.before().since if table.changes else asked.since,
        "turn": asked.since,
        "until": asked.until,
        "as_of": asked.as_of,
        "zone": asked.zone,
        "bucket": str(asked.bucket),
        **{name: getattr(asked, name) for name in (*FILTERED_BY, "plan")},
        "group": str(asked.group or ""),
        "limit": asked.skip + asked.limit + 2,
        "most": asked.skip + MOST_ROWS + 1,
        "successes": sorted(SUCCESSES),
        "failures": sorted(FAILURES),
        **table.more,
    }


def _read(row: Row) -> dict[str, Any]:
    read = {name: _value(value) for name, value in row.items()}
    if "slice" in row:
        read["group"] = None if row.get("total") else row["slice"]
    if "at" in row:
        read["at"] = datetime.fromtimestamp(row["at"], UTC)
    if "least" in row:
        read["below"] = NEXT_EDGES[row["least"]]
    return read


def _value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return plain(value) if isinstance(value, Decimal) else value


def notes(asked: Asked, filled: Mapping[str, Filled], tables: Iterable[Table]) -> list[str]:
    """In words, what is not shown and how to see it."""
    said = []
    if not asked.told_period:
        said.append(f"this is of one day: give 'from' and 'to' for another period, {LONGEST_PERIOD.days} days at most")
    if asked.compare:
        said.append("the period before is shown as it stands now, so more of it has come to an end")
    return [*said, *(_cut(table, asked) for table in tables if filled[table.name].cut)]


def _cut(table: Table, asked: Asked) -> str:
    if table.long:
        return (
            f"'{table.name}' has more than {MOST_ROWS} rows: ask for longer buckets, less groups or a shorter period, "
            "or go on with its 'cursor'"
        )
    larger = f"give a larger 'limit', {LARGEST_LIMIT} at most, or " if asked.limit < LARGEST_LIMIT else ""
    return f"'{table.name}' has more than {asked.limit} rows: {larger}go on with its 'cursor'"
