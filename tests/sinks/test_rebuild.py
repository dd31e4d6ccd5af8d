"""Dropped and rebuilt from Kafka, the projection has the same content."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.stages import Stage
from delivery.standing import Alias
from delivery.unparsed import Unparsed, encode_unparsed
from sinks.client import open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.rebuild import GroupIsActive, rebuild
from sinks.schema import ATTEMPTS, RECORD_COLUMNS, TABLES
from tests.sinks.conftest import NOW, Feed, Story, all_committed, attempt, running, until
from tests.sinks.sending_story import SendingStory

LAID_OUT = ("outcomes", "journeys")
"""Kept by the engine, from what counts alone."""


def content(config: ClickHouseConfig) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table in order; of latest states, the states alone: copies may come from either record."""
    client = open_client(config, readonly=True)
    try:
        tables = {table.name: _rows(client, table.name, whole=table.append) for table in TABLES}
        return tables | {name: _rows(client, name, whole=False) for name in LAID_OUT}
    finally:
        client.close()


def _rows(client: Client, table: str, *, whole: bool) -> list[tuple[Any, ...]]:
    columns = "*" if whole else f"* EXCEPT ({', '.join(RECORD_COLUMNS)})"
    if table in LAID_OUT:
        columns = "*"
    final = "" if whole else "FINAL"
    return [tuple(row) for row in client.query(f"SELECT {columns} FROM {table} {final} ORDER BY ALL").result_rows]  # noqa: S608


def differing(before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]) -> dict[str, Any]:
    """By table, what only one of the two has: a difference is then told without all that is equal."""
    pairs = {table: (Counter(map(repr, before[table])), Counter(map(repr, after[table]))) for table in before}
    return {
        table: {"only before": list((one - other).elements()), "only after": list((other - one).elements())}
        for table, (one, other) in pairs.items()
        if one != other
    }


async def test_the_content_is_the_same(
    clickhouse: ClickHouseConfig, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    sends = [story.send(str(at), message_id=f"m{at}") for at in range(200)]
    late = [story.status(str(at), Stage.DELIVERED, NOW + timedelta(hours=90), final=True) for at in range(0, 200, 10)]
    config = replace(sink_config, batch_rows=1_000)
    async with running(config, clickhouse):
        await feed.events(*sends, *sends[:50], *late)
        # As tracking would: the first states, and long after, under ids derived anew, what it had forgotten.
        first = [
            attempt(send, version=2 * at, month="2026-03", heard_at=send.received_at) for at, send in enumerate(sends)
        ]
        await feed.attempts(*first)
        await all_committed(config)
        anew = [
            attempt(event, version=1000 + at, month="2026-04", heard_at=event.received_at)
            for at, event in enumerate(late)
        ]
        assert anew[0].message_id != first[0].message_id
        await feed.attempts(*anew)
        for state in first[:20]:
            alias = Alias(
                retired=state.derived_message_id, message_id="m", provider=story.provider, ref=state.ref, version=9
            )
            await feed.record(state.derived_message_id, alias)
        asked = SendingStory()
        for topic, values in asked.records().items():
            for value in (*values, f"nothing {asked.message_id} says".encode()):
                await feed.raw(topic, asked.message_id, value)
        await feed.raw(topics.ATTEMPTS.name, "k", b"no attempt")
        kept = Unparsed(provider=story.provider, received_at=NOW, body=b"{", error="no JSON")
        await feed.raw(topics.UNPARSED.name, story.provider, encode_unparsed(kept))
        await all_committed(config)
    before = content(clickhouse)
    for table in ("requests", "decisions", "calls"):
        assert [row[0] for row in before[table]].count(asked.message_id) == len(asked.records()[f"acuse.{table}"])
    assert [row[0] for row in before["notices"]].count(asked.message_id) == 1
    mine = [row for row in before["attempts"] if row[0] == story.provider]
    assert sorted(row[5] for row in mine) == ["delivered"] * 20 + ["queued"] * 180
    month = ATTEMPTS.columns.index("month")
    assert {row[month] for row in mine} == {"2026-03"}
    told: list[tuple[int, int]] = []
    read = await rebuild(config, clickhouse, lambda done, total: told.append((done, total)))
    assert differing(before, content(clickhouse)) == {}
    assert told[0] == (0, read)
    assert told[-1] == (read, read)
    async with running(config, clickhouse):
        await feed.events(story.send("one more"))
        await all_committed(config)
    after = content(clickhouse)
    assert len(after["events"]) == len(before["events"]) + 1
    assert after["attempts"] == before["attempts"]


async def test_nothing_is_touched_while_a_sink_is_running(
    server_database: ClickHouseConfig, sink_config: SinkConfig, feed: Feed, story: Story
) -> None:
    async with running(sink_config, server_database) as sink:
        await feed.events(story.send("1"))
        await until(lambda: sink.ready() == {})
        await all_committed(sink_config)
        with pytest.raises(GroupIsActive, match="stop them"):
            await rebuild(sink_config, server_database, lambda _done, _total: None)
    assert content(server_database)["events"]
