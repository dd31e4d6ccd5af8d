"""What is put into columns, portion by portion, says what each event says by itself."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from delivery import topics
from delivery.events import Event, Payload, Reply, Send, Status, encode
from sinks.batching import Batch
from sinks.rows import KINDS
from sinks.schema import EVENTS
from sinks.writer import _by_month
from tests.delivery.test_events import any_event, moments
from tests.sinks.conftest import Story
from tests.sinks.test_rows import Stored

PARTITION = 5


def row(event: Event, offset: int) -> dict[str, Any]:
    """One event's row, told the long way."""
    outcome = not isinstance(event, Reply)
    said = event.occurred
    about = (
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
        "handle",
        "step",
        "tries",
    )
    return {
        **{name: getattr(event, name) for name in (*about, "received_at", "source")},
        **{f"payload_{name}": value for name, value in msgspec.structs.asdict(event.payload).items()},
        **msgspec.structs.asdict(event.personal),
        "kind": KINDS[type(event)],
        "stage": event.stage if outcome else None,
        "reason": event.reason if outcome else None,
        "final": event.final if outcome else False,
        "occurred_at": said.at if said else None,
        "zone": said.zone if said else None,
        "precision": said.precision if said else None,
        "occurred_text": said.text if said else None,
        "scheduled_for": event.scheduled_for if isinstance(event, Send) else None,
        "elapsed_seconds": event.elapsed_seconds if isinstance(event, Status) else None,
        "timed": event.timed if isinstance(event, Status) else True,
        "reply_id": event.reply_id if isinstance(event, Reply) else "",
        "answers_attempt": event.answers_attempt if isinstance(event, Reply) else False,
        "_topic": topics.EVENTS.name,
        "_partition": PARTITION,
        "_offset": offset,
        "_timestamp": datetime(2025, 10, 9, 8, 53, 20, 123_000, tzinfo=UTC),
    }


def batch_in_portions(values: list[bytes], portion: int) -> Batch:
    place = TopicPartition(topics.EVENTS.name, PARTITION)
    records = [Stored(place.topic, PARTITION, offset, value) for offset, value in enumerate(values)]
    batch = Batch()
    for first in range(0, len(records), portion):
        batch.add({place: records[first : first + portion]})
    return batch


@given(st.lists(any_event, min_size=1, max_size=12), st.integers(1, 12))
def test_columns_say_what_the_events_say(events: list[Event], portion: int) -> None:
    batch = batch_in_portions([encode(event) for event in events], portion)
    (table,) = {each.schema for each in batch.events}
    assert table == pa.schema(list(EVENTS.types.items()))
    told = pa.concat_tables(batch.events).to_pylist()
    assert told == [{name: row(event, at)[name] for name in EVENTS.columns} for at, event in enumerate(events)]
    assert (batch.records, list(batch.next_offsets.values())) == (len(events), [len(events)])


def test_what_was_fetched_together_is_put_into_columns_together(story: Story) -> None:
    value = encode(story.send("1"))
    places = [TopicPartition(topics.EVENTS.name, number) for number in (3, 5, 6)]
    fetched = {place: [Stored(place.topic, place.partition, offset, value) for offset in (7, 8)] for place in places}
    fetched[places[1]] = []
    batch = Batch()
    batch.add(fetched)
    (table,) = batch.events
    stored = zip(table.column("_partition").to_pylist(), table.column("_offset").to_pylist(), strict=True)
    assert list(stored) == [(3, 7), (3, 8), (6, 7), (6, 8)]
    assert batch.first_offsets == dict.fromkeys([places[0], places[2]], 7)
    assert batch.next_offsets == dict.fromkeys([places[0], places[2]], 9)
    assert batch.records == 4


def test_what_is_put_aside_is_missing_in_its_portion_alone(story: Story) -> None:
    good = encode(story.send("1"))
    unfit = encode(msgspec.structs.replace(story.send("2"), payload=Payload(sha256="", count=2**40)))
    batch = batch_in_portions([good, b"{", good, unfit, good, good, good], 3)
    assert [table.column("_offset").to_pylist() for table in batch.events] == [[0, 2], [4, 5], [6]]
    assert [record.offset for record in batch.unparsed.records] == [1, 3]
    assert [kept.body for kept in batch.unparsed.values] == [b"{", unfit]


@given(st.lists(moments, max_size=20))
def test_months_are_told_apart_and_lose_nothing(received: list[datetime]) -> None:
    rows = pa.table(
        {"received_at": pa.array(received, EVENTS.types["received_at"]), "_offset": list(range(len(received)))}
    )
    months = _by_month(rows, "received_at")
    assert sorted(at for month in months for at in month.column("_offset").to_pylist()) == list(range(len(received)))
    for month in months:
        assert len({(at.year, at.month) for at in month.column("received_at").to_pylist()}) == 1
        assert month.column("received_at").num_chunks == 1
