"""Requests, decisions and calls as they are stored: whole, each once, and without what may not be kept."""

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.calls import encode_call
from delivery.decisions import Grounds, encode_decision
from delivery.events import encode
from delivery.orders import OrderPersonal, Store, Voice
from delivery.outlines import decode_outline, outline
from delivery.requests import Finding, encode_request
from sinks.config import ClickHouseConfig
from sinks.schema import CALLS, DECISIONS, REQUESTS, Table
from tests.sinks.conftest import Story
from tests.sinks.sending_story import EXCHANGED, NUMBER, SendingStory, at
from tests.sinks.test_rows import batch_of, write

ELSEWHERE = ("order", "personal", "target", "plan", "grounds", "seen", "weights")
"""Parts that are no columns themselves."""


def stored(client: Client, table: Table) -> list[dict[str, Any]]:
    formats = dict.fromkeys(("content", "grounds", "outline", "request", "raw"), "bytes")
    return list(client.query(f"SELECT * FROM {table.name} ORDER BY _offset", column_formats=formats).named_results())  # noqa: S608


def flat(record: Any, *parts: str) -> dict[str, Any]:
    """What a record and these parts of it say, without those parts themselves."""
    told = {name: getattr(record, name) for name in record.__struct_fields__ if name not in ELSEWHERE}
    for part in parts:
        told |= flat(getattr(record, part)) if getattr(record, part, None) else {}
    return told


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
    assert {(row["grounds"], row["rule"], row["plan"]) for row in rows} == {(b"", "", "")}
    recipients = [row.pop("recipient") for row in rows]
    assert recipients == [NUMBER, None, NUMBER, NUMBER, NUMBER]
    for row, recipient in zip(rows, recipients, strict=True):
        row["recipient"] = recipient
    assert_told(rows, decisions)
    assert [row["kind"] for row in rows] == ["send", "poll", "cancel", "settle", "settle"]
    assert [row["ref"] for row in rows] == [None, "77:habc", "77:habc", "99", None]
    assert [row["text"] for row in rows] == ["spoken", None, None, "Olé, what is said", "Olé, what is said"]


def test_every_part_of_what_is_decided_by_a_plan_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    decisions = SendingStory().planned()
    write(clickhouse, batch_of(topics.DECISIONS.name, *map(encode_decision, decisions)))
    rows = stored(client, DECISIONS)
    assert_told(rows, decisions)
    assert [row["kind"] for row in rows] == ["wait", "send", "end", "outcome"]
    assert [(row["provider"], row["channel"]) for row in rows] == [
        (None, None),
        ("mensatek", "sms"),
        (None, None),
        (None, None),
    ]
    for row, decision in zip(rows, decisions, strict=True):
        assert decision.grounds
        assert msgspec.json.decode(row["grounds"], type=Grounds) == decision.grounds
        for name in ("rule", "plan", "plan_version", "timer", "reason", "spent"):
            assert row[name] == getattr(decision.grounds, name), name


def test_a_plan_comes_back_without_what_is_personal(clickhouse: ClickHouseConfig, client: Client) -> None:
    story = SendingStory(store=Store.NOSTORE)
    plan = story.plan()
    asked = story.request(plan=plan, send_at=at(60.0), order=story.order(send_at=at(90.0)))
    write(clickhouse, batch_of(topics.REQUESTS.name, *map(encode_request, [asked, story.request()])))
    planned, plain = stored(client, REQUESTS)
    assert (planned["plan"], planned["plan_version"]) == ("sms-first", "0a1b2c")
    assert (planned["begins_at"], planned["send_at"]) == (at(60.0), at(90.0))
    assert decode_outline(planned["outline"]) == outline(plan)
    assert "600000001" not in str(planned["outline"])
    assert "what is said" not in str(planned)
    assert (plain["plan"], plain["plan_version"], plain["outline"], plain["begins_at"]) == ("", "", b"", None)


@pytest.mark.parametrize("cost", ["0.12345678905", "1e14", "1e30", "1e400", "NaN", "-Infinity"])
def test_a_sum_that_no_column_takes_is_rounded_or_put_aside(
    clickhouse: ClickHouseConfig, client: Client, cost: str
) -> None:
    decisions = [SendingStory().send(cost=Decimal(cost)), SendingStory().send(cost=Decimal("0.5"))]
    write(clickhouse, batch_of(topics.DECISIONS.name, *map(encode_decision, decisions)))
    rows = stored(client, DECISIONS)
    assert rows[-1]["cost"] == Decimal("0.5")
    assert len(rows) + client.command("SELECT count() FROM unparsed") == 2
    if len(rows) == 2:
        assert abs(rows[0]["cost"] - Decimal(cost)) <= Decimal("1e-10")


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
