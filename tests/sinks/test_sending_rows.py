"""Requests, decisions and calls as they are stored: whole, each once, and without what may not be kept."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.calls import encode_call
from delivery.decisions import encode_decision
from delivery.events import encode
from delivery.orders import OrderPersonal, Store, Voice
from delivery.requests import Finding, encode_request
from sinks.config import ClickHouseConfig
from sinks.schema import CALLS, DECISIONS, REQUESTS, Table
from tests.sinks.conftest import Story
from tests.sinks.sending_story import EXCHANGED, NUMBER, SendingStory
from tests.sinks.test_rows import batch_of, write


def stored(client: Client, table: Table) -> list[dict[str, Any]]:
    formats = {"content": "bytes"} if table is not CALLS else {"request": "bytes", "raw": "bytes"}
    return list(client.query(f"SELECT * FROM {table.name} ORDER BY _offset", column_formats=formats).named_results())  # noqa: S608


def flat(record: Any, *parts: str) -> dict[str, Any]:
    """What a record and these parts of it say, without those parts themselves."""
    told = {name: getattr(record, name) for name in record.__struct_fields__ if name not in ("order", "personal")}
    for part in parts:
        told |= flat(getattr(record, part)) if getattr(record, part, None) else {}
    return {name: value for name, value in told.items() if name != "target"}


def assert_told(rows: Sequence[dict[str, Any]], records: Sequence[Any]) -> None:
    for row, record in zip(rows, records, strict=True):
        for name, value in flat(record, *{"order", "target"} & set(record.__struct_fields__)).items():
            assert row[name] == (list(value) if isinstance(value, tuple) else value), (type(record), name)


def test_every_part_of_a_request_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    requests = [
        story.request(order=story.rich_order(), on_doubt="retry"),
        story.cancel_request(1.0),
        story.settle_request(2.0, Finding.SENT, step=2, ref="77:+34600000001", tries=1),
        story.settle_request(3.0, resend=True),
    ]
    write(clickhouse, batch_of(topics.REQUESTS.name, *map(encode_request, requests)))
    rows = stored(client, REQUESTS)
    assert "600000001" not in rows[2].pop("ref"), "a number is personal, and has columns of its own"
    rows[2]["ref"] = requests[2].ref
    assert_told(rows, requests)
    assert [row["kind"] for row in rows] == ["message", "cancel", "settle", "settle"]
    assert [(row["recipient"], row["sender"], row["text"]) for row in rows[:2]] == [
        (NUMBER, None, "spoken"),
        (None,) * 3,
    ]
    assert json.loads(rows[0]["content"]) == {
        "template": {"name": "t", "language": "es", "parameters": {"1": "Olé"}},
        "media": {"kind": "image", "url": "https://example.com/a.png"},
        "voice": {"text": "spoken", "language": "es-ES"},
    }
    assert [row["content"] for row in rows[1:]] == [b""] * 3
    assert {(row["_topic"], row["_partition"]) for row in rows} == {("acuse.requests", 3)}


def test_every_part_of_a_decision_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    decisions = [
        story.send(step=2, tries=1, order=story.rich_order()),
        story.poll(5.0, 3),
        story.cancel(6.0),
        story.settle(7.0, Finding.SENT, ref="99"),
        story.settle(8.0, resend=True),
    ]
    write(clickhouse, batch_of(topics.DECISIONS.name, *map(encode_decision, decisions)))
    rows = stored(client, DECISIONS)
    recipients = [row.pop("recipient") for row in rows]
    assert recipients == [NUMBER, None, NUMBER, NUMBER, NUMBER]
    for row, recipient in zip(rows, recipients, strict=True):
        row["recipient"] = recipient
    assert_told(rows, decisions)
    assert [row["kind"] for row in rows] == ["send", "poll", "cancel", "settle", "settle"]
    assert [row["ref"] for row in rows] == [None, "77:habc", "77:habc", "99", None]
    assert [row["text"] for row in rows] == ["spoken", None, None, "Olé, what is said", "Olé, what is said"]


def test_every_part_of_a_call_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    calls = SendingStory().all_calls()
    write(clickhouse, batch_of(topics.CALLS.name, *map(encode_call, calls)))
    rows = stored(client, CALLS)
    assert_told(rows, calls)
    assert [row["kind"] for row in rows] == ["calling", "called", "doubt", "called"]
    exchanged = [(row["request"], row["raw"], row["content_type"]) for row in rows]
    assert exchanged == [(b"", b"", ""), *[(EXCHANGED.request, EXCHANGED.raw, "text/html")] * 2, (b"", b"", "")]


@pytest.mark.parametrize("store", [Store.SHA256, Store.NOSTORE])
def test_what_may_not_be_kept_is_in_no_row(clickhouse: ClickHouseConfig, client: Client, store: Store) -> None:
    story = SendingStory(store=store)
    spoken = story.order(personal=OrderPersonal(to=NUMBER, voice=Voice(text="a secret")))
    write(clickhouse, batch_of(topics.REQUESTS.name, encode_request(story.request(order=spoken))))
    write(clickhouse, batch_of(topics.DECISIONS.name, encode_decision(story.send(order=spoken))))
    digest = hashlib.sha256(b"a secret").hexdigest() if store is Store.SHA256 else None
    for table in (REQUESTS, DECISIONS):
        (row,) = stored(client, table)
        assert (row["text"], row["content"]) == (digest, b"")
        assert "a secret" not in str(row)


def test_what_cannot_be_read_is_kept_and_blocks_nothing(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    good = {
        topics.REQUESTS.name: encode_request(story.request()),
        topics.DECISIONS.name: encode_decision(story.send()),
        topics.CALLS.name: encode_call(story.calling(1.0)),
    }
    for topic, value in good.items():
        write(clickhouse, batch_of(topic, value, b"\xfe\xff", None, value, b'{"kind":"another.v9"}', value))
    for table in (REQUESTS, DECISIONS, CALLS):
        assert [row["_offset"] for row in stored(client, table)] == [0, 3, 5]
    kept = client.query("SELECT _topic, groupArraySorted(9)(_offset) FROM unparsed GROUP BY 1 ORDER BY 1").result_rows
    assert [tuple(row) for row in kept] == [(topic, [1, 2, 4]) for topic in sorted(good)]


def test_what_is_read_again_adds_nothing_and_lies_in_its_month(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory()
    calls = [story.calling(float(second), claim=f"c{second}") for second in range(5)]
    for upto in (2, 4, 5, 5):
        write(clickhouse, batch_of(topics.CALLS.name, *map(encode_call, calls[:upto])))
    parts = client.query("SELECT toYYYYMM(at), groupArraySorted(9)(_offset) FROM calls GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in parts.result_rows] == [(202603, [0, 1]), (202604, [2, 3, 4])]
    timeline = client.query(f"SELECT claim FROM calls WHERE message_id = '{story.message_id}' ORDER BY message_id, at")  # noqa: S608
    assert [row[0] for row in timeline.result_rows] == ["c0", "c1", "c2", "c3", "c4"]


def test_an_event_keeps_its_handle_and_what_had_been_sent(
    clickhouse: ClickHouseConfig, client: Client, story: Story
) -> None:
    told = story.send("1", handle="omni-1")
    answered = msgspec.structs.replace(told, personal=msgspec.structs.replace(told.personal, request=b"POST /\xff"))
    write(clickhouse, batch_of(topics.EVENTS.name, encode(answered), encode(story.send("2"))))
    rows = client.query("SELECT handle, request FROM events ORDER BY ref", column_formats={"request": "bytes"})
    assert [tuple(row) for row in rows.result_rows] == [("omni-1", b"POST /\xff"), (None, b"")]
