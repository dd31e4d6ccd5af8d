"""An attempt that was begun anew after tracking had forgotten it says all that was ever known of it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from msgspec import structs

from delivery import topics
from delivery.stages import Stage
from delivery.standing import Attempt, encode_record
from sinks.config import ClickHouseConfig
from sinks.reopened import Reopened, combine, first_hand
from sinks.rows import Rows
from tests.sinks.conftest import NOW, Story, attempt
from tests.sinks.test_rows import Stored, batch_of, write

WINDOW = timedelta(hours=72)
LATER = NOW + timedelta(hours=80)


@pytest.fixture
def generations(story: Story) -> tuple[Attempt, Attempt, Attempt]:
    """As first known; after its window closed, a late receipt; and one more on top of that."""
    send = story.send("1", message_id="m")
    first = attempt(send, story.status("1", Stage.SENT), version=4, month="2026-03", heard_at=send.received_at)
    late = story.status("1", Stage.DELIVERED, LATER, final=True)
    seen = story.status("1", Stage.SEEN, LATER + timedelta(minutes=1), final=True)
    again: dict[str, Any] = {"month": "2026-04", "heard_at": late.received_at}
    return first, attempt(late, version=10, **again), attempt(late, seen, version=12, **again)


def content(client: Client) -> list[tuple[Any, ...]]:
    columns = "* EXCEPT (_topic, _partition, _offset, _timestamp)"
    rows = client.query(f"SELECT {columns} FROM attempts FINAL ORDER BY provider, ref, month").result_rows  # noqa: S608
    return [tuple(row) for row in rows]


def outcomes(client: Client) -> list[tuple[Any, ...]]:
    rows = client.query(
        "SELECT ref, heard_at, month, version, stage, delivered_at FROM outcomes FINAL ORDER BY ALL"
    ).result_rows
    return [tuple(row) for row in rows]


def test_a_late_receipt_joins_what_is_stored(
    clickhouse: ClickHouseConfig, client: Client, generations: tuple[Attempt, ...]
) -> None:
    for each in generations:
        write(clickhouse, batch_of(topics.ATTEMPTS.name, encode_record(each)))
    (row,) = client.query("SELECT * FROM attempts FINAL").named_results()
    assert (row["message_id"], row["stage"], row["month"], row["version"]) == ("m", "seen", "2026-03", 12)
    assert row["queued_at"] == NOW
    assert row["delivered_at"] == LATER
    assert row["delivery_seconds"] == pytest.approx((LATER - NOW).total_seconds())


def test_any_order_and_any_batches_give_the_same(
    clickhouse: ClickHouseConfig, client: Client, generations: tuple[Attempt, ...]
) -> None:
    expected = None
    # Behind HTTP it is the same code: there, the worst order and the common one are enough.
    orders = list(permutations(generations))
    for order in orders if clickhouse.path else (orders[0], orders[-1]):
        for together in (False, True):
            client.command("TRUNCATE TABLE attempts")
            client.command("TRUNCATE TABLE outcomes")
            records = [encode_record(each) for each in order]
            batches = [records] if together else [[record] for record in records]
            for values in (*batches, *batches):
                write(clickhouse, batch_of(topics.ATTEMPTS.name, *values))
            expected = expected or content(client)
            assert content(client) == expected
            assert len(expected) == 1
            heard = (NOW + timedelta(seconds=1)).replace(microsecond=0)
            assert outcomes(client) == [("1", heard, "2026-03", 12, "seen", LATER)]


def test_what_was_heard_of_at_another_time_of_the_month_stands_in_one_place(
    clickhouse: ClickHouseConfig, client: Client, generations: tuple[Attempt, ...]
) -> None:
    first, late, _ = generations
    assert first.heard_at
    late = structs.replace(late, month=first.month)
    write(clickhouse, batch_of(topics.ATTEMPTS.name, encode_record(late)))
    assert [row[2:4] for row in outcomes(client)] == [("2026-03", 10)]
    write(clickhouse, batch_of(topics.ATTEMPTS.name, encode_record(first)))
    assert [(row[1], row[4]) for row in outcomes(client)] == [(first.heard_at.replace(microsecond=0), "delivered")]


def test_one_tracked_before_its_receipt_was_kept_stands_at_the_beginning_of_time(
    clickhouse: ClickHouseConfig, client: Client, story: Story
) -> None:
    write(clickhouse, batch_of(topics.ATTEMPTS.name, encode_record(attempt(story.send("1"), version=2))))
    assert [row[1:4] for row in outcomes(client)] == [(datetime.fromtimestamp(0, UTC), "2026-03", 2)]


def test_one_process_meets_them_one_after_the_other(
    clickhouse: ClickHouseConfig, client: Client, generations: tuple[Attempt, ...]
) -> None:
    write(clickhouse, *[batch_of(topics.ATTEMPTS.name, encode_record(each)) for each in generations])
    (row,) = client.query("SELECT message_id, stage, month FROM attempts FINAL").result_rows
    assert tuple(row) == ("m", "seen", "2026-03")


def test_what_is_first_hand_is_not_looked_up(client: Client, story: Story) -> None:
    reopened = Reopened(WINDOW)
    rows: Rows[Attempt] = Rows()
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    rows.add(attempt(story.send("1"), version=2), Stored("acuse.attempts", 0, 0, None, now_ms))
    rows.add(attempt(story.status("2", Stage.SENT), version=2), Stored("acuse.attempts", 0, 1, None, now_ms))
    settled, moved = reopened.settle(client, rows)
    assert (len(settled), moved, reopened.looked_up) == (2, [], 1)
    reopened.settle(client, rows)
    assert reopened.looked_up == 1, "one that was met before is not looked up again"
    for record in rows.records:
        record.timestamp -= 60 * 3600 * 1000
    catching_up = Reopened(WINDOW)
    catching_up.settle(client, rows)
    assert catching_up.looked_up == 2, "far behind, partitions are not read in step"


def test_first_hand_means_a_send_within_the_window(story: Story) -> None:
    assert first_hand(attempt(story.send("1"), version=2), WINDOW)
    assert not first_hand(attempt(story.status("1", Stage.SENT), version=2), WINDOW)
    told_late = story.send("1", NOW)
    assert not first_hand(attempt(told_late, version=2), timedelta(seconds=1))


def test_an_attempt_that_merely_grew_stays_as_it_is(story: Story) -> None:
    send, sent = story.send("1"), story.status("1", Stage.SENT, NOW + timedelta(seconds=5))
    before, after = attempt(send, version=2), attempt(send, sent, version=4)
    assert combine(before, after) is after
    assert combine(after, before) == after


def test_many_keys_are_looked_up_in_portions(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    rows: Rows[Attempt] = Rows()
    for number in range(3_000):
        late = attempt(story.status(f"{number:08d}'\\é-{'x' * 40}", Stage.SENT), version=2)
        rows.add(late, Stored("acuse.attempts", 0, number, None))
    write(clickhouse, batch_of(topics.ATTEMPTS.name, *[encode_record(value) for value in rows.values]))
    reopened = Reopened(WINDOW)
    reopened.settle(client, rows)
    assert reopened.looked_up == 3_000
    assert all(known.stored for known in reopened._known.values())
