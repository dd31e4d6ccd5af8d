"""Events as they come in: each record once, to whoever asks again with the cursor of the answer before."""

import random
from datetime import timedelta
from itertools import chain

import pytest

from dashboards.access.people import Role, needed_role
from dashboards.flow.events import Reached
from delivery.stages import Stage
from tests.dashboards.conftest import StoredRecord

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)


async def follow(ask, cursor, **narrowed):
    """All that is told after the cursor, a few at a time, and the cursor then."""
    told = []
    while True:
        answer = await ask("/v1/events", after=cursor, **narrowed)
        told += answer["events"]
        cursor = answer["next_cursor"]
        if not answer["more"]:
            return told, cursor


def spread(projection, dice, partitions=3):
    """Stores what follows in several partitions, each counted from 0."""
    ends = [0] * partitions

    def record(topic):
        projection.offset += 1
        if topic != "acuse.events":
            return StoredRecord(topic, 0, projection.offset)
        partition = dice.randrange(partitions)
        ends[partition] += 1
        return StoredRecord(topic, partition, ends[partition] - 1)

    projection._record = record


async def test_what_comes_in_is_told_once_in_whatever_order_it_was_received(ask, projection, histories) -> None:
    dice = random.Random(7)
    spread(projection, dice)
    batches = [list(chain(*histories(dice, 12))) for _ in range(4)]
    projection.store(batches[0], tracked=False)
    first = await ask("/v1/events", limit=500)
    assert sorted(event["event_id"] for event in first["events"]) == sorted(e.event_id for e in batches[0])
    received = [event["received_at"] for event in first["events"]]
    assert received == sorted(received)
    cursor = first["next_cursor"]
    for batch in batches[1:]:
        projection.store(batch, tracked=False)
        told, cursor = await follow(ask, cursor, limit=7)
        assert sorted(event["event_id"] for event in told) == sorted(event.event_id for event in batch)
        assert await follow(ask, cursor) == ([], cursor)


async def test_filters_narrow_it_and_the_cursor_goes_on_past_what_does_not_meet_them(
    ask, projection, histories
) -> None:
    dice = random.Random(8)
    cursor = (await ask("/v1/events", stage="delivered"))["next_cursor"]
    events = list(chain(*histories(dice, 40)))
    projection.store(events, tracked=False)
    for narrowed in ({"provider": "messente"}, {"stage": "delivered"}, {"kind": "reply"}, {"channel": "sms"}):
        ((name, wanted),) = narrowed.items()
        met = [e.event_id for e in events if getattr(e, name, "reply" if hasattr(e, "reply_id") else "") == wanted]
        for told in (
            (await follow(ask, cursor, limit=5, **narrowed))[0],
            (await ask("/v1/events", limit=500, **narrowed))["events"],
        ):
            assert sorted(event["event_id"] for event in told) == sorted(met)
            assert met
    _, beyond = await follow(ask, cursor, provider="nobody")
    assert await follow(ask, beyond) == ([], beyond)


async def test_what_was_stored_twice_is_told_once_and_what_came_in_again_again(ask, projection, history) -> None:
    story = history()
    told = [story.send(1.0), story.status(Stage.DELIVERED, 2.0), story.status(Stage.DELIVERED, 3.0), story.reply(4.0)]
    projection.store(told, tracked=False)
    projection.store_again(told)
    events = (await ask("/v1/events"))["events"]
    assert [event["kind"] for event in events] == ["send", "status", "status", "reply"]
    assert events[1]["event_id"] == events[2]["event_id"]
    assert [event["recipient"] for event in events] == ["+34•••••••01"] * 3 + [None]
    assert events[3]["of_attempt"]


async def test_the_newest_are_told_first_however_long_ago(ask, projection, history, start) -> None:
    projection.store(
        [history(ref="old", provider="altiria").send(-20 * 86_400.0), history().send(0.0), history().send(1.0)]
    )
    assert [event["received_at"] for event in (await ask("/v1/events", limit=2))["events"]] == [
        f"{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}" for second in (0, 1)
    ]
    assert len((await ask("/v1/events", provider="altiria"))["events"]) == 1


@pytest.mark.parametrize(
    ("field", "said", "remedy"),
    [
        ("after", "x", "next_cursor"),
        ("after", "é", "next_cursor"),
        ("after", Reached.__name__ * 500, "1 to 256|next_cursor"),
        ("kind", "pigeon", "send, status, reply"),
        ("limit", "501", "500"),
        ("stge", "sent", "did you mean 'stage'"),
    ],
)
async def test_refusals_name_the_parameter(field, said, remedy, ask_unread, clickhouse_config) -> None:
    assert clickhouse_config
    body = await ask_unread.refused("/v1/events", 400, **{field: said})
    assert body["field"] == field
    assert any(each in body["error"] for each in remedy.split("|"))


@pytest.mark.parametrize("path", ["/live", "/v1/events", "/pipeline", "/v1/pipeline"])
def test_single_events_and_messages_in_doubt_are_not_for_those_who_see_figures_only(path, clickhouse_config) -> None:
    assert clickhouse_config
    assert needed_role(path) is Role.ANALYST
