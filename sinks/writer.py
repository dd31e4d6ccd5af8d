"""A batch into ClickHouse: what is stored already left out, each insert repeated until it holds.

Every insert into an append table goes to one of its partitions in one block, under a token that names exactly the
records in it: an insert whose answer was lost can so be sent again. Inserts that replace need no token.
"""

import hashlib
import logging
import random
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as is
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from sinks import metrics
from sinks.appends import APPENDS
from sinks.batching import Batch
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.fitting import fitting
from sinks.migrate import pending
from sinks.offsets import StoredOffsets
from sinks.reopened import Reopened, take_out, take_outcomes_out
from sinks.rows import alias_columns, arrow_table, attempt_columns, unparsed_columns
from sinks.schema import ALIASES, ATTEMPTS, EVENTS, UNPARSED, Table

log = logging.getLogger(__name__)

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

    def write(self, batch: Batch, stored: StoredOffsets, abandoned: threading.Event) -> None:
        """Returns when every row is stored; tries for as long as ``abandoned`` is not set, then raises ``Abandoned``.

        An error never loses or skips a row. A row that no table can take is kept in ``unparsed``.
        """
        self._persist("look_up", lambda client: stored.look_up(client, batch.first_offsets), abandoned)
        if batch.events:
            self._append(EVENTS, pa.concat_tables(batch.events), stored, abandoned)
        self._replace_attempts(batch, abandoned)
        aliases = fitting(ALIASES, alias_columns, batch.aliases, batch.unparsed)
        self._insert(ALIASES, aliases, {}, abandoned)
        for topic, rows in batch.appends.items():
            if rows:
                table, _, columns_of = APPENDS[topic]
                self._append(table, fitting(table, columns_of, rows, batch.unparsed), stored, abandoned)
        self._append(UNPARSED, arrow_table(UNPARSED, unparsed_columns(batch.unparsed)), stored, abandoned)
        stored.passed(batch.next_offsets)

    def connect(self, abandoned: threading.Event) -> None:
        """Returns when the database answers and its tables are as they should be."""
        self._persist("connect", lambda _client: None, abandoned)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _append(self, table: Table, rows: pa.Table, stored: StoredOffsets, abandoned: threading.Event) -> None:
        left = stored.unstored(table, rows)
        metrics.SKIPPED.labels(table.name).inc(rows.num_rows - left.num_rows)
        for month in _by_month(left, table.moment):
            self._insert(table, month, {"insert_deduplication_token": _token(table, month)}, abandoned)

    def _replace_attempts(self, batch: Batch, abandoned: threading.Event) -> None:
        if not batch.attempts:
            return
        looked_up, joined = self._reopened.looked_up, self._reopened.joined
        settled, moved = self._persist(
            "reopen", lambda client: self._reopened.settle(client, batch.attempts), abandoned
        )
        metrics.LOOKED_UP.inc(self._reopened.looked_up - looked_up)
        metrics.REOPENED.inc(self._reopened.joined - joined)
        if moved:
            self._persist("take_out", lambda client: take_outcomes_out(client, moved), abandoned)
        self._insert(ATTEMPTS, fitting(ATTEMPTS, attempt_columns, settled, batch.unparsed), {}, abandoned)
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


def _by_month(rows: pa.Table, moment: str) -> list[pa.Table]:
    """One for each partition of an append table, in one piece, since an insert is whole only within a partition."""
    # Without its zone, which is UTC, so that no database of zones is asked.
    at = rows.column(moment).cast(pa.timestamp("us"))
    months = pc.add(pc.multiply(pc.year(at), 12), pc.month(at))
    present = pc.unique(months)
    if len(present) <= 1:
        return [rows.combine_chunks()] if rows.num_rows else []
    return [rows.filter(pc.equal(months, month)).combine_chunks() for month in present]


def _token(table: Table, rows: pa.Table) -> str:
    """Names exactly the records that are in an insert: a token that was used with other rows would lose these."""
    digest = hashlib.blake2b(table.name.encode(), digest_size=16)
    for name in ("_topic", "_partition", "_offset"):
        for chunk in rows.column(name).chunks:
            for part in chunk.buffers():
                digest.update(part or b"-")
    return digest.hexdigest()
