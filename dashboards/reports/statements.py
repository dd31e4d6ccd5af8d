"""A table's question as whoever has a ClickHouse client asks it by hand: its parameters set, then the SQL itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.reader import question
from dashboards.reports.asked import Asked
from dashboards.reports.catalogue import Table
from dashboards.reports.running import parameters

ESCAPED: Final = str.maketrans({"\\": r"\\", "'": r"\'", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": r"\0"})


def statement(table: Table, asked: Asked) -> str:
    """`SET param_…` for each parameter that the question has, then the question; of the period itself, not the one
    before it. clickhouse-client runs it as it is.
    """
    return stated(f"reports/{table.question}", parameters(table, asked))


def stated(name: str, given: Mapping[str, Any]) -> str:
    """The same of any question, with the parameters that it is given."""
    sql = question(name)
    bound = {name: value for name, value in given.items() if f"{{{name}:" in sql}
    return "".join(f"SET param_{name} = '{_written(value)}';\n" for name, value in bound.items()) + f"\n{sql}"


def _written(value: Any) -> str:
    """In a literal. A text is unescaped twice: as a literal, and as a parameter."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, str):
        return str(value).translate(ESCAPED).translate(ESCAPED)
    if isinstance(value, Sequence):
        return f"[{', '.join(_element(each) for each in value)}]".translate(ESCAPED)
    return str(value)


def _element(value: Any) -> str:
    return f"'{str(value).translate(ESCAPED)}'" if isinstance(value, str) else str(value)
