"""What is stored says the same as what was decoded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from typing import Any

import msgspec
from aiokafka import TopicPartition
from clickhouse_connect.driver.client import Client

from delivery import topics
from delivery.events import Payload, encode
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Alias, encode_record
from delivery.unparsed import Unparsed, encode_unparsed
from sinks.batching import Batch
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.offsets import StoredOffsets
from sinks.rows import read_state
from sinks.writer import Writer
from tests.sinks.conftest import NOW, Story, attempt

CONFIG = SinkConfig(bootstrap_servers="nowhere:1", retry_seconds=0.01)


@dataclass
class Stored:
    """A record as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    timestamp: int = 1_760_000_000_123


def batch_of(topic: str, *values: bytes | None, first: int = 0) -> Batch:
    batch = Batch()
    records = [Stored(topic, 3, first + at, value) for at, value in enumerate(values)]
    batch.add({TopicPartition(topic, 3): records})
    return batch


def write(config: ClickHouseConfig, *batches: Batch, stored: StoredOffsets | None = None) -> None:
    writer = Writer(CONFIG, config)
    try:
        for batch in batches:
            writer.write(batch, stored or StoredOffsets(), Flag())
    finally:
        writer.close()


def test_every_part_of_an_event_comes_back(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
    number: dict[str, Any] = {"country": "ES", "number_type": NumberType.MOBILE, "carrier": "Vodafone"}
    send = story.send("1", at, scheduled_for=at + timedelta(hours=1), message_id="m", reference="r", **number)
    failed = story.status(
        "2", Stage.UNDELIVERED, at, final=True, reason=Reason.BLOCKED, timed=False, elapsed_seconds=1.5
    )
    reply = story.reply("3", at, answers_attempt=True)
    write(clickhouse, batch_of(topics.EVENTS.name, encode(send), encode(failed), encode(reply)))
    rows = list(client.query("SELECT * FROM events ORDER BY ref", column_formats={"raw": "bytes"}).named_results())
    for row, event in zip(rows, (send, failed, reply), strict=True):
        for name in (
            "provider",
            "ref",
            "event_id",
            "channel",
            "code",
            "code_text",
            "message_id",
            "reference",
            "country",
            "number_type",
            "carrier",
        ):
            assert row[name] == getattr(event, name), name
        assert event.occurred
        assert (row["occurred_at"], row["zone"], row["precision"]) == (at, "stated", "microsecond")
        assert row["occurred_text"] == event.occurred.text
        assert row["received_at"] == event.received_at
        assert row["raw"] == event.personal.raw
        assert (row["recipient"], row["sender"], row["text"]) == ("+34600000000", None, "Olé")
        assert (row["payload_sha256"], row["payload_index"], row["payload_count"]) == (event.payload.sha256, 0, 1)
        assert (row["_topic"], row["_partition"]) == ("acuse.events", 3)
        assert row["_timestamp"] == datetime(2025, 10, 9, 8, 53, 20, 123_000, tzinfo=UTC)
    assert [row["_offset"] for row in rows] == [0, 1, 2]
    assert [row["kind"] for row in rows] == ["send", "status", "reply"]
    assert [row["stage"] for row in rows] == ["queued", "undelivered", None]
    assert [row["reason"] for row in rows] == [None, "blocked", None]
    assert [row["final"] for row in rows] == [False, True, False]
    assert [row["timed"] for row in rows] == [True, False, True]
    assert [row["elapsed_seconds"] for row in rows] == [None, 1.5, None]
    assert [row["scheduled_for"] for row in rows] == [at + timedelta(hours=1), None, None]
    assert [row["reply_id"] for row in rows] == ["", "", "r3"]
    assert [row["answers_attempt"] for row in rows] == [False, False, True]


def test_every_part_of_an_attempt_comes_back(clickhouse: ClickHouseConfig, client: Client, story: Story) -> None:
    delivered = NOW + timedelta(seconds=9)
    now = attempt(
        story.send("1", message_id="m", country="ES", number_type=NumberType.FIXED, carrier="A. Telecom"),
        story.status("1", Stage.DELIVERED, delivered, final=True),
        story.status("1", Stage.EXPIRED, delivered + timedelta(hours=1), final=True, reason=Reason.EXPIRED),
        version=8,
    )
    alias = Alias(retired=now.derived_message_id, message_id="m", provider=story.provider, ref="1", version=8)
    write(clickhouse, batch_of(topics.ATTEMPTS.name, encode_record(now), encode_record(alias)))
    (row,) = client.query("SELECT * FROM attempts").named_results()
    for name in (
        *("provider", "ref", "channel", "message_id", "derived_message_id", "stage", "reason", "code", "final"),
        *("revised", "opened_at", "updated_at", "closed_at", "replied_at", "delivery_seconds", "clock", "country"),
        *("number_type", "carrier", "reference", "version", "month"),
    ):
        assert row[name] == getattr(now, name), name
    assert row["contradictions"] == 1
    assert (row["handed_at"], row["queued_at"], row["sent_at"]) == (NOW, NOW, None)
    assert (row["delivered_at"], row["failed_at"]) == (delivered, delivered + timedelta(hours=1))
    assert (row["seen_at"], row["scheduled_at"]) == (None, None)
    assert read_state(row["state"]) == now.state
    (led,) = client.query("SELECT retired, message_id, provider, ref, version FROM aliases").result_rows
    assert tuple(led) == (now.derived_message_id, "m", story.provider, "1", 8)


def test_what_ingest_put_aside_comes_back(clickhouse: ClickHouseConfig, client: Client) -> None:
    kept = Unparsed(
        provider="p", received_at=NOW, body=b"\xff{", error="no JSON", path="/w", query="a=b",
        headers={"content-type": "x"}, content_type="x",
    )  # fmt: skip
    write(clickhouse, batch_of(topics.UNPARSED.name, encode_unparsed(kept)))
    (row,) = client.query("SELECT * FROM unparsed", column_formats={"body": "bytes"}).named_results()
    for name in (
        "unparsed_id",
        "provider",
        "received_at",
        "method",
        "path",
        "query",
        "headers",
        "content_type",
        "error",
    ):
        assert row[name] == getattr(kept, name), name
    assert row["body"] == kept.body


def test_what_cannot_be_decoded_is_kept_and_blocks_nothing(
    clickhouse: ClickHouseConfig, client: Client, story: Story
) -> None:
    good = encode(story.send("1"))
    batch = batch_of(topics.EVENTS.name, good, b"\xfe\xff", None, good)
    write(clickhouse, batch, batch_of(topics.ATTEMPTS.name, b'{"kind":"attempt.v9"}'))
    assert client.command("SELECT count() FROM events") == 2
    rows = client.query(
        "SELECT _topic, _offset, body, error != '' FROM unparsed ORDER BY 1, 2", column_formats={"body": "bytes"}
    ).result_rows
    assert [tuple(row) for row in rows] == [
        ("acuse.attempts", 0, b'{"kind":"attempt.v9"}', True),
        ("acuse.events", 1, b"\xfe\xff", True),
        ("acuse.events", 2, b"", True),
    ]


def test_a_value_that_no_column_takes_is_kept_and_blocks_nothing(
    clickhouse: ClickHouseConfig, client: Client, story: Story
) -> None:
    too_great = encode(msgspec.structs.replace(story.send("2"), payload=Payload(sha256="", index=2**40)))
    write(clickhouse, batch_of(topics.EVENTS.name, encode(story.send("1")), too_great, encode(story.send("3"))))
    assert [row[0] for row in client.query("SELECT ref FROM events ORDER BY ref").result_rows] == ["1", "3"]
    (kept,) = client.query("SELECT _offset, body FROM unparsed", column_formats={"body": "bytes"}).result_rows
    assert tuple(kept) == (1, too_great)
