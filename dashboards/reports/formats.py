"""How one table of a report is written for other programs: CSV, Parquet and Arrow, each with the same columns."""

import csv
import io
import re
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from msgspec import Struct
from pyarrow import parquet

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a text for a formula, in full width too."""
NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z")
ARROW_TYPES: Final[Mapping[type, pa.DataType]] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    Decimal: pa.decimal128(38, 10),
    datetime: pa.timestamp("us", "UTC"),
}


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    SQL = "sql"
    """Not the rows, but the question that they answer."""


MEDIA_TYPES: Final[Mapping[Format, str]] = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.SQL: "application/sql",
}


def accepted(accept: str) -> Format:
    """The format that an `Accept` header likes best of ours; JSON where it names none. Of equals, the first named."""
    best, liked = Format.JSON, 0.0
    ours = {media.partition(";")[0]: form for form, media in MEDIA_TYPES.items()}
    for part in accept.split(","):
        media, *said = (word.strip().lower() for word in part.split(";"))
        weight = next((_weight(word[2:]) for word in said if word.startswith("q=")), 1.0)
        if media in ours and weight > liked:
            best, liked = ours[media], weight
    return best


def _weight(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](\.[0-9]{0,3})?", text) else 0.0


def as_csv(row_type: type[Struct], rows: Sequence[Struct]) -> bytes:
    """A head and a line for each row; times in ISO 8601, nothing where there is no value.

    A text that a spreadsheet would take for a formula is led by an apostrophe; a phone number never is one, and stays.
    """
    names = row_type.__struct_fields__
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return safe(str(value))
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def safe(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it."""
    # What is led by blanks is a formula to some of them all the same.
    risky = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if risky and not NUMBER.match(text) else text


def as_arrow_table(row_type: type[Struct], rows: Sequence[Struct]) -> pa.Table:
    schema = pa.schema([_field(name, hint) for name, hint in get_type_hints(row_type).items()])
    columns = {name: [_plain(getattr(row, name)) for row in rows] for name in schema.names}
    return pa.table(columns, schema=schema)


def _field(name: str, hint: Any) -> pa.Field:
    choices = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    (kind,) = (choice for choice in choices if choice is not type(None))
    return pa.field(name, ARROW_TYPES.get(kind, pa.string()), nullable=type(None) in choices)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def as_parquet(row_type: type[Struct], rows: Sequence[Struct]) -> bytes:
    out = pa.BufferOutputStream()
    parquet.write_table(as_arrow_table(row_type, rows), out, compression="zstd")
    return bytes(out.getvalue())


def as_arrow(row_type: type[Struct], rows: Sequence[Struct]) -> bytes:
    """The IPC stream format."""
    out = pa.BufferOutputStream()
    table = as_arrow_table(row_type, rows)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return bytes(out.getvalue())


WRITERS: Final[Mapping[Format, Callable[[type[Struct], Sequence[Struct]], bytes]]] = {
    Format.CSV: as_csv,
    Format.PARQUET: as_parquet,
    Format.ARROW: as_arrow,
}
