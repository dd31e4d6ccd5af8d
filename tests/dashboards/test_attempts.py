"""An attempt as it is answered, against the pure fold of what was heard of it."""

import random
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.facts import fact_of
from delivery.refs import recipient_ref
from delivery.stages import Stage
from delivery.standing import Attempt

PROMISED = {
    "provider",
    "ref",
    "channel",
    "message_id",
    "stage",
    "reason",
    "final",
    "revised",
    "contradictions",
    "times",
    "delivery_seconds",
    "clock",
    "events",
}
PROMISED_OF_EVENTS = {"event_id", "kind", "stage", "code", "occurred_at", "received_at", "copies"}


def as_answered(attempt: Attempt) -> dict[str, object]:
    """What an answer says of the attempt's state."""
    unanswered = {"version", "month", "heard_at", "state", "derived_message_id"}
    shown = {name: getattr(attempt, name) for name in set(Attempt.__struct_fields__) - unanswered}
    return msgspec.json.decode(msgspec.json.encode(shown))


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(min_value=0))
async def test_an_attempt_is_answered_as_the_pure_fold_of_its_events(seed, projection, ask, history) -> None:
    story = history(ref=f"{seed}/{len(projection.heard)}")
    events = story.random(random.Random(seed))
    projection.store(events)
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")

    key = (story.provider, story.ref)
    assert answered.items() >= as_answered(projection.attempt(key)).items()
    assert set(answered) >= PROMISED
    assert (answered["state_from"], answered["pending_events"]) == ("tracking", 0)
    assert {event["event_id"]: event["copies"] for event in answered["events"]} == projection.copies(key)
    first = {event.event_id: event for event in sorted(events, key=lambda event: event.received_at, reverse=True)}
    in_order = sorted(first.values(), key=lambda event: (fact_of(event).at, event.received_at, event.event_id))
    assert [event["event_id"] for event in answered["events"]] == [event.event_id for event in in_order]
    assert all(set(event) >= PROMISED_OF_EVENTS for event in answered["events"])


async def test_an_event_says_what_was_told_and_nothing_personal(projection, client, history, start) -> None:
    story = history()
    late = story.status(Stage.DELIVERED, 90.5, 88.25, elapsed_seconds=61.5)
    projection.store([story.send(1.0, personal=late.personal), late, story.reply(100.0)])
    answer = await client.get(f"/v1/attempts/{story.provider}/{story.ref}")
    told = answer.json()
    assert told["events"][1] == {
        "event_id": late.event_id,
        "kind": "status",
        "stage": "delivered",
        "code": "DEL",
        "occurred_at": (start + timedelta(seconds=88.25)).isoformat().replace("+00:00", "Z"),
        "received_at": (start + timedelta(seconds=90.5)).isoformat().replace("+00:00", "Z"),
        "copies": 1,
        "code_text": "it is delivered",
        "reason": None,
        "final": True,
        "source": "webhook",
        "zone": "stated",
        "precision": "microsecond",
        "occurred_text": (start + timedelta(seconds=88.25)).isoformat(),
        "elapsed_seconds": 61.5,
        "timed": True,
        "payload": {"sha256": "00" * 32, "index": 0, "count": 1, "bytes": 5, "content_type": "application/json"},
    }
    assert [event["kind"] for event in told["events"]] == ["send", "status", "reply"]
    assert (told["events"][2]["stage"], told["events"][2]["occurred_at"]) == (None, None)
    assert told["reason_text"] == "it is delivered"
    assert told["recipient"] == "+34•••••••01"
    assert "600000001" not in answer.text
    assert "what they wrote" not in answer.text


async def test_times_are_answered_to_the_microsecond(projection, ask, history, start) -> None:
    story = history()
    projection.store([story.send(0.000001)])
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert datetime.fromisoformat(answered["opened_at"]) == start + timedelta(microseconds=1)


async def test_an_attempt_may_be_asked_for_by_its_recipients_number(projection, client, history) -> None:
    story = history(ref=recipient_ref("10573758", "+34600000000"))
    projection.store([story.send(1.0)])
    for asked in ("10573758:34600000000", "10573758:+34600000000", story.ref):
        answer = await client.get(f"/v1/attempts/mensatek/{asked}")
        assert answer.json()["ref"] == story.ref


async def test_a_record_stored_twice_is_one_copy(projection, ask, history) -> None:
    story = history()
    events = [story.send(1.0)] * 3
    projection.store(events)
    projection.offset -= 1  # the attempt's own record
    projection.store_again(events)
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert [event["copies"] for event in answered["events"]] == [3]


async def test_where_no_state_has_arrived_yet_the_events_are_folded(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(1.0), story.status(Stage.DELIVERED, 30.0)], tracked=False)
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert answered["state_from"] == "events"
    assert answered.items() >= as_answered(projection.attempt((story.provider, story.ref))).items()


async def test_where_the_state_lags_it_is_answered_and_what_it_lacks_is_counted(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(1.0)])
    repeated = story.status(Stage.SENT, 5.0)
    projection.store([story.status(Stage.DELIVERED, 30.0), repeated, story.send(1.0)], tracked=False)
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert (answered["stage"], answered["state_from"], answered["pending_events"]) == ("queued", "tracking", 2)
    assert [event["stage"] for event in answered["events"]] == ["queued", "sent", "delivered"]
    projection.track((story.provider, story.ref))
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert (answered["stage"], answered["pending_events"]) == ("delivered", 0)


@pytest.mark.usefixtures("projection")
@pytest.mark.parametrize("path", ["/v1/attempts/mensatek/nothing", "/v1/attempts/nobody/1/2/3"])
async def test_an_attempt_that_nobody_told_of_is_not_found(path, ask) -> None:
    assert "no such attempt" in (await ask.refused(path, 404))["error"]


async def test_a_reply_to_nothing_in_particular_is_no_attempt(projection, ask, history) -> None:
    story = history(ref="inbound-1")
    projection.store([story.reply(1.0, answers_attempt=False)])
    await ask.refused("/v1/attempts/mensatek/inbound-1", 404)


async def test_what_is_left_off_is_said(projection, ask, history) -> None:
    story = history()
    projection.store([story.status(Stage.SENT, second, code=f"{second}") for second in range(1001)])
    answered = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    assert (len(answered["events"]), answered["events_left_off"]) == (1000, True)
