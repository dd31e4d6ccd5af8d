"""Which records are already in the append tables, so that none goes in twice after a restart.

A consumer begins again where it last committed, and rows are stored before their offsets are committed: what lies
between was inserted and would be read once more. So the first batch of an assignment asks the tables for the offsets
they hold from its own beginning on, as runs, and skips exactly these. It relies on no order of inserts: a batch that
was broken off half-way may have left gaps.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from aiokafka import TopicPartition
from clickhouse_connect.driver.client import Client

from delivery import topics
from sinks.appends import APPENDS
from sinks.schema import EVENTS, UNPARSED, Table

RUNS: Final = """
SELECT _topic, _partition, min(_offset), max(_offset)
FROM (
    SELECT _topic, _partition, _offset,
        _offset - row_number() OVER (PARTITION BY _topic, _partition ORDER BY _offset) AS run
    FROM (SELECT DISTINCT _topic, _partition, _offset FROM {table} WHERE {places})
)
GROUP BY _topic, _partition, run
ORDER BY 1, 2, 3
"""

TABLE_OF: Final[Mapping[str, Table]] = {
    topics.EVENTS.name: EVENTS,
    **{topic: append.table for topic, append in APPENDS.items()},
}
"""The append table of a topic; what cannot become a row of any is in ``unparsed``."""

Runs = list[tuple[int, int]]


class StoredOffsets:
    """What one assignment found stored. Thrown away with the assignment; one thread at a time calls it."""

    def __init__(self) -> None:
        self._known: set[TopicPartition] = set()
        self._runs: dict[tuple[str, str, int], Runs] = {}

    def look_up(self, client: Client, first_offsets: Mapping[TopicPartition, int]) -> None:
        """Learns what is stored of the partitions that come up for the first time; the offsets are where they begin."""
        unknown = {place: offset for place, offset in first_offsets.items() if place not in self._known}
        if not unknown:
            return
        appended = [
            (table, {place: offset for place, offset in unknown.items() if place.topic == topic})
            for topic, table in TABLE_OF.items()
        ]
        for table, places in (*appended, (UNPARSED, unknown)):
            for topic, partition, first, last in _stored_runs(client, table, places):
                self._runs.setdefault((table.name, topic, partition), []).append((first, last))
        self._known.update(unknown)

    def unstored(self, table: Table, rows: pa.Table) -> pa.Table:
        """Those of the rows that the table does not hold yet."""
        if not self._runs:
            return rows
        places = zip(*(rows.column(name).to_pylist() for name in ("_topic", "_partition", "_offset")), strict=True)
        kept = [not self._holds(table, topic, partition, offset) for topic, partition, offset in places]
        return rows if all(kept) else rows.filter(pa.array(kept))

    def _holds(self, table: Table, topic: str, partition: int, offset: int) -> bool:
        runs = self._runs.get((table.name, topic, partition), ())
        at = bisect_right(runs, offset, key=lambda run: run[0]) - 1
        return at >= 0 and offset <= runs[at][1]

    def passed(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Forgets what lies behind, so that nothing is compared any more once reading is beyond all that was stored."""
        for key in list(self._runs):
            reached = next_offsets.get(TopicPartition(key[1], key[2]), 0)
            if self._runs[key][-1][1] < reached:
                del self._runs[key]


def _stored_runs(client: Client, table: Table, places: Mapping[TopicPartition, int]) -> list[tuple[str, int, int, int]]:
    if not places:
        return []
    # Topic names are our own constants and the rest are numbers.
    wanted = " OR ".join(
        f"(_topic = '{place.topic}' AND _partition = {place.partition:d} AND _offset >= {offset:d})"
        for place, offset in places.items()
    )
    rows = client.query(RUNS.format(table=table.name, places=wanted)).result_rows
    return [(row[0], row[1], row[2], row[3]) for row in rows]
