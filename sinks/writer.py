"""A batch into ClickHouse: what is stored already left out, each insert repeated until it holds.

Every insert into an append table goes to one of its partitions in one block, under a token that names exactly the
records in it: an insert whose answer was lost can so be sent again. Inserts that replace need no token.
"""

import hashlib
import logging
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from delivery.events import Event
from delivery.unparsed import Unparsed
from sinks import metrics
from sinks.batching import Batch, Rows, unreadable
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.migrate import pending
from sinks.offsets import StoredOffsets
from sinks.reopened import Reopened, take_out
from sinks.rows import Columns, alias_columns, arrow_table, attempt_columns, event_columns, unparsed_columns
from sinks.schema import ALIASES, ATTEMPTS, EVENTS, UNPARSED, Table

log = logging.getLogger(__name__)

Decoded = TypeVar("Decoded")
Dated = TypeVar("Dated", Event, Unparsed)
Answer = TypeVar("Answer")

TROUBLE_LENGTH: Final = 300


class NotMigrated(RuntimeError):
    """The tables are not as this version needs them."""


class Abandoned(Exception):
    """The batch was given up before all of it was stored; it is read again by whoever is assigned it."""


class Writer:
    """The one writing client, opened when first needed and again after an error; for one thread at a time."""

    def __init__(self, config: SinkConfig, clickhouse: ClickHouseConfig) -> None:
        self._config = config
        self._clickhouse = clickhouse
        self._reopened = Reopened(config.receipt_window)
        self._client: Client | None = None
        self.trouble: str | None = "not connected yet"

    def prepare(self, batch: Batch, stored: StoredOffsets) -> None:
        """Puts the events into columns beforehand, where nothing is to be left out: while the batch before is stored.

        Touches neither the database nor anything that ``write`` changes.
        """
        if stored.nothing_to_skip(batch.first_offsets):
            batch.prepared = _by_month_in_columns(EVENTS, event_columns, batch.events, batch.unparsed)

    def write(self, batch: Batch, stored: StoredOffsets, abandoned: threading.Event) -> None:
        """Returns when every row is stored; tries for as long as ``abandoned`` is not set, then raises ``Abandoned``.

        An error never loses or skips a row. A row that no table can take is kept in ``unparsed``.
        """
        self._persist("look_up", lambda client: stored.look_up(client, batch.first_offsets), abandoned)
        events = batch.prepared
        if events is None:
            left = _unstored(stored, EVENTS, batch.events)
            events = _by_month_in_columns(EVENTS, event_columns, left, batch.unparsed)
        self._append(EVENTS, events, abandoned)
        self._replace_attempts(batch, abandoned)
        aliases = _fitting(ALIASES, alias_columns, batch.aliases, batch.unparsed)
        self._insert(ALIASES, aliases, {}, abandoned)
        unparsed = _unstored(stored, UNPARSED, batch.unparsed)
        self._append(UNPARSED, _by_month_in_columns(UNPARSED, unparsed_columns, unparsed, None), abandoned)
        stored.passed(batch.next_offsets)

    def connect(self, abandoned: threading.Event) -> None:
        """Returns when the database answers and its tables are as they should be."""
        self._persist("connect", lambda _client: None, abandoned)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _append(self, table: Table, months: Sequence[pa.Table], abandoned: threading.Event) -> None:
        for rows in months:
            self._insert(table, rows, {"insert_deduplication_token": _token(table, rows)}, abandoned)

    def _replace_attempts(self, batch: Batch, abandoned: threading.Event) -> None:
        if not batch.attempts:
            return
        looked_up, joined = self._reopened.looked_up, self._reopened.joined
        settled, moved = self._persist(
            "reopen", lambda client: self._reopened.settle(client, batch.attempts), abandoned
        )
        metrics.LOOKED_UP.inc(self._reopened.looked_up - looked_up)
        metrics.REOPENED.inc(self._reopened.joined - joined)
        fitting = _fitting(ATTEMPTS, attempt_columns, settled, batch.unparsed)
        self._insert(ATTEMPTS, fitting, {}, abandoned)
        if moved:
            self._persist("take_out", lambda client: take_out(client, moved), abandoned)

    def _insert(self, table: Table, rows: pa.Table, settings: dict[str, Any], abandoned: threading.Event) -> None:
        if not rows.num_rows:
            return
        self._persist("insert", lambda client: client.insert_arrow(table.name, rows, settings=settings), abandoned)
        metrics.ROWS.labels(table.name).inc(rows.num_rows)

    def _persist(self, call: str, action: Callable[[Client], Answer], abandoned: threading.Event) -> Answer:
        wait = self._config.retry_seconds
        while True:
            try:
                answer = action(self._connected())
            except (ClickHouseError, OSError, NotMigrated) as error:
                self.trouble = f"{call}: {error}"[:TROUBLE_LENGTH]
                metrics.RETRIES.labels(call).inc()
                log.warning("ClickHouse does not take it, tried again: %s", self.trouble)
            else:
                self.trouble = None
                return answer
            if abandoned.wait(wait * random.uniform(0.5, 1.0)):
                raise Abandoned(self.trouble)
            wait = min(wait * 2, self._config.retry_limit_seconds)

    def _connected(self) -> Client:
        if self._client is None:
            client = open_client(self._clickhouse, readonly=False)
            waiting = pending(client)
            if waiting:
                client.close()
                names = ", ".join(migration.name for migration in waiting)
                raise NotMigrated(f"{names} not applied: run `acuse migrate`")
            self._client = client
        return self._client


def _unstored(stored: StoredOffsets, table: Table, rows: Rows[Decoded]) -> Rows[Decoded]:
    left = stored.unstored(table, rows)
    metrics.SKIPPED.labels(table.name).inc(len(rows) - len(left))
    return left


def _fitting(
    table: Table,
    columns_of: Callable[[Rows[Decoded]], Columns],
    rows: Rows[Decoded],
    refused: Rows[Unparsed] | None,
) -> pa.Table:
    """The rows in columns; those with a value that no column takes are put aside, if there is where to."""
    try:
        return arrow_table(table, columns_of(rows))
    except (ValueError, OverflowError):
        if refused is None:
            raise
    kept = []
    for at, record in enumerate(rows.records):
        try:
            arrow_table(table, columns_of(rows.pick([at])))
        except (ValueError, OverflowError) as error:
            refused.add(unreadable(record, str(error)), record)
        else:
            kept.append(at)
    return arrow_table(table, columns_of(rows.pick(kept)))


def _by_month_in_columns(
    table: Table,
    columns_of: Callable[[Rows[Dated]], Columns],
    rows: Rows[Dated],
    refused: Rows[Unparsed] | None,
) -> list[pa.Table]:
    return [_fitting(table, columns_of, month, refused) for month in _by_month(rows)]


def _by_month(rows: Rows[Dated]) -> list[Rows[Dated]]:
    """One for each partition of an append table, since an insert is whole only within a partition."""
    if not rows:
        return []
    received = [value.received_at for value in rows.values]
    first, last = min(received), max(received)
    if (first.year, first.month) == (last.year, last.month):
        return [rows]
    places: dict[tuple[int, int], list[int]] = {}
    for at, moment in enumerate(received):
        places.setdefault((moment.year, moment.month), []).append(at)
    return [rows.pick(month) for month in places.values()]


def _token(table: Table, rows: pa.Table) -> str:
    """Names exactly the records that are in an insert: a token that was used with other rows would lose these."""
    digest = hashlib.blake2b(table.name.encode(), digest_size=16)
    for name in ("_topic", "_partition", "_offset"):
        for chunk in rows.column(name).chunks:
            for part in chunk.buffers():
                digest.update(part or b"-")
    return digest.hexdigest()
