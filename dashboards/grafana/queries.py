"""A table's question as Grafana asks it: the same SQL file, its parameters filled by macros, variables and constants.

Macros are those of Grafana's own ClickHouse plugin, which knows no bound parameters. What a variable holds is written
by Grafana as a quoted text. Whoever may look at a dashboard can have its plugin ask what he likes, so what keeps him
from the rest is the ClickHouse user that Grafana has: see `dashboards.grafana.files`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, get_args, get_type_hints

from dashboards.parameters import DEFAULT_LIMIT
from dashboards.reader import question
from dashboards.reports.asked import FILTERED_BY, Asked, Bucket
from dashboards.reports.catalogue import Table
from dashboards.reports.running import parameters

SINCE: Final = "toDateTime64($__fromTime_ms, 6, 'UTC')"
UNTIL: Final = "toDateTime64($__toTime_ms, 6, 'UTC')"
BEFORE: Final = f"({SINCE} - toIntervalMillisecond(dateDiff('millisecond', {SINCE}, {UNTIL})))"
"""When the period before it began, which is as long."""
VARIABLES: Final = ("zone", "bucket", "group", *FILTERED_BY, "plan")
"""Parameters that people set in the dashboard."""
PARAMETER: Final = re.compile(r"\{(\w+):(?:[^{}]+)\}")
NOT_ASKED: Final = frozenset({"period", "below"})
"""Fields of rows that are not in what ClickHouse answers."""
ANY: Final = Asked(
    since=datetime(2026, 1, 1, tzinfo=UTC),
    until=datetime(2026, 1, 2, tzinfo=UTC),
    as_of=datetime(2026, 1, 2, tzinfo=UTC),
    bucket=Bucket.HOUR,
    limit=DEFAULT_LIMIT,
)
"""Whose other parameters are the same whatever is asked."""


def panel_sql(table: Table, fields: Sequence[str], where: str = "", order: str = "") -> str:
    """These fields of the table's rows for the period that the dashboard shows."""
    columns = ",\n    ".join(_column(table, name) for name in fields)
    narrowed = f"\nWHERE {where}" if where else ""
    ordered = f"\nORDER BY {order}" if order else ""
    return f"SELECT\n    {columns}\nFROM\n(\n{bound(table).rstrip()}\n) AS told{narrowed}{ordered}"


def fields_of(table: Table) -> list[str]:
    return [name for name in table.row.__struct_fields__ if name not in NOT_ASKED]


def bound(table: Table) -> str:
    """The question itself, each parameter in its place."""
    constants = parameters(table, ANY)
    moments = {"since": BEFORE if table.changes else SINCE, "turn": SINCE, "until": UNTIL, "as_of": "now64(6, 'UTC')"}
    variables = {name: f"${{{name}:sqlstring}}" for name in VARIABLES if name not in table.more}

    def put(found: re.Match[str]) -> str:
        name = found[1]
        return moments.get(name) or variables.get(name) or _written(constants[name])

    return PARAMETER.sub(put, question(f"reports/{table.question}"))


def _column(table: Table, name: str) -> str:
    if name == "group":
        # Where it may be None, a row is of all groups together.
        totalled = type(None) in get_args(get_type_hints(table.row)["group"])
        return "if(told.total = 1, NULL, told.slice) AS group" if totalled else "told.slice AS group"
    if name == "at":
        return "toDateTime(told.at, 'UTC') AS at"
    return f"told.{name} AS {name}"


def _written(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", r"\\").replace("'", r"\'") + "'"
    if isinstance(value, Sequence):
        return f"[{', '.join(_written(each) for each in value)}]"
    return str(value)
