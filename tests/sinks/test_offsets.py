"""Nothing goes in twice after a restart, whatever a broken insert left behind."""

from datetime import UTC, datetime

from aiokafka import TopicPartition
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.events import encode
from sinks.config import ClickHouseConfig
from sinks.offsets import StoredOffsets
from sinks.schema import EVENTS
from tests.sinks.conftest import Story
from tests.sinks.test_rows import batch_of, write

PLACE = TopicPartition(topics.EVENTS.name, 3)


def test_exactly_what_is_stored_is_skipped(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    values = [encode(story.send(str(at))) for at in range(10)]
    write(clickhouse, batch_of(PLACE.topic, *values[2:5], first=2), batch_of(PLACE.topic, values[7], first=7))
    stored = StoredOffsets()
    stored.look_up(client, {PLACE: 3})
    batch = batch_of(PLACE.topic, *values[3:], first=3)
    (events,) = batch.events
    left = stored.unstored(EVENTS, events)
    assert left.column("_offset").to_pylist() == [5, 6, 8, 9]
    stored.passed(batch.next_offsets)
    assert stored.unstored(EVENTS, events) is events


def test_a_batch_read_again_adds_nothing(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    values = [encode(story.send(str(at))) for at in range(5)]
    values.insert(3, b"no event")
    for upto in (3, 5, 6, 6):
        write(clickhouse, batch_of(PLACE.topic, *values[:upto]))
    rows = client.query("SELECT ref FROM events ORDER BY _offset").result_rows
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert client.command("SELECT count() FROM unparsed") == 1


def test_an_insert_sent_twice_is_one(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    batch = batch_of(PLACE.topic, *[encode(story.send(str(at))) for at in range(5)])
    known_nothing = StoredOffsets()
    known_nothing._known.add(PLACE)
    write(clickhouse, batch, batch, stored=known_nothing)
    assert client.command("SELECT count() FROM events") == 5


def test_a_batch_across_a_months_end_is_stored_in_both(
    clickhouse: ClickHouseConfig, client: Client, story: Story
) -> None:
    before, after = datetime(2026, 1, 31, 23, 59, 50, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    values = [encode(story.send(str(at), after if at % 2 else before)) for at in range(6)]
    batch = batch_of(PLACE.topic, *values)
    write(clickhouse, batch)
    write(clickhouse, batch)
    parts = client.query("SELECT toYYYYMM(received_at), groupArraySorted(9)(_offset) FROM events GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in parts.result_rows] == [(202601, [0, 2, 4]), (202602, [1, 3, 5])]
