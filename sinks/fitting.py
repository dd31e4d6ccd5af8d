"""What cannot become a row is kept as it came, and holds up nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from delivery.calls import MalformedCall
from delivery.decisions import MalformedDecision
from delivery.events import MalformedEvent
from delivery.health.alerts import MalformedAlert
from delivery.notices import MalformedNotice
from delivery.requests import MalformedRequest
from delivery.unmaskings import MalformedUnmasking
from delivery.unparsed import Unparsed
from sinks import metrics
from sinks.rows import EPOCH, Columns, Decoded, Record, Rows, arrow_table
from sinks.schema import Table

MALFORMED: Final = (
    MalformedEvent,
    MalformedRequest,
    MalformedDecision,
    MalformedCall,
    MalformedAlert,
    MalformedNotice,
    MalformedUnmasking,
)


def readable(decode: Callable[[bytes], Decoded], records: list[Record], refused: Rows[Unparsed]) -> Rows[Decoded]:
    """What the records say; those that ``decode`` raises one of ``MALFORMED`` for are put aside into ``refused``."""
    try:
        return Rows([decode(record.value or b"") for record in records], records)
    except MALFORMED:
        rows: Rows[Decoded] = Rows()
    for record in records:
        try:
            rows.add(decode(record.value or b""), record)
        except MALFORMED as error:
            refused.add(_unreadable(record, str(error)), record)
    return rows


def fitting(
    table: Table, columns_of: Callable[[Rows[Decoded]], Columns], rows: Rows[Decoded], refused: Rows[Unparsed]
) -> pa.Table:
    """The rows in columns; those with a value that no column takes are put aside into ``refused``."""
    try:
        return arrow_table(table, columns_of(rows))
    except (ValueError, OverflowError):
        kept = [at for at in range(len(rows)) if _fits(table, columns_of, rows.pick([at]), refused)]
        return arrow_table(table, columns_of(rows.pick(kept)))


def _fits(
    table: Table, columns_of: Callable[[Rows[Decoded]], Columns], row: Rows[Decoded], refused: Rows[Unparsed]
) -> bool:
    try:
        arrow_table(table, columns_of(row))
    except (ValueError, OverflowError) as error:
        (record,) = row.records
        refused.add(_unreadable(record, str(error)), record)
        return False
    return True


def _unreadable(record: Record, error: str) -> Unparsed:
    """A Kafka record that cannot become a row, as it is kept: its value, and why."""
    metrics.UNREADABLE.labels(record.topic).inc()
    return Unparsed(
        provider="",
        received_at=EPOCH + timedelta(milliseconds=max(record.timestamp, 0)),
        method="",
        path=f"{record.topic}/{record.partition}/{record.offset}",
        body=record.value or b"",
        error=error,
    )
