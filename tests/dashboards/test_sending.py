"""A message that we were asked to send: what was asked, decided and called, before and beside its attempts."""

from datetime import timedelta

import pytest

from delivery.calls import Result
from delivery.requests import Finding
from delivery.stages import Stage
from tests.sinks.sending_story import BEGAN, SendingStory


@pytest.fixture
def sending() -> SendingStory:
    return SendingStory()


async def outcome(ask, sending) -> str:
    return (await ask(f"/v1/messages/{sending.message_id}"))["outcome"]


async def test_a_message_is_followed_from_its_request_on(projection, ask, history, start, sending) -> None:
    projection.tell(sending.request())
    asked = await ask(f"/v1/messages/{sending.message_id}")
    assert (asked["outcome"], asked["attempts"], asked["decisions"], asked["calls"]) == ("accepted", [], [], [])
    projection.tell(sending.send(0.5))
    assert await outcome(ask, sending) == "accepted"
    projection.tell(sending.calling(1.0))
    assert await outcome(ask, sending) == "accepted"
    projection.tell(sending.doubt(31.0))
    doubtful = await ask(f"/v1/messages/{sending.message_id}")
    assert doubtful["outcome"] == "in_doubt"
    assert doubtful["doubts"] == [
        {
            "message_id": sending.message_id,
            "step": 1,
            "tries": 0,
            "provider": "mensatek",
            "since": (BEGAN + timedelta(seconds=31)).isoformat().replace("+00:00", "Z"),
            "why": "no answer within 30 s",
        }
    ]
    projection.store(
        [history().status(Stage.SENT, (BEGAN - start).total_seconds() + 40, message_id=sending.message_id)]
    )
    healed = await ask(f"/v1/messages/{sending.message_id}")
    assert (healed["outcome"], healed["doubts"]) == ("in_flight", [])
    assert [decision["standing"] for decision in healed["decisions"]] == ["healed"]


async def test_what_was_refused_says_so(projection, ask, sending) -> None:
    projection.tell(sending.request(), sending.send(0.5), sending.calling(1.0))
    projection.tell(sending.called(1.5, Result.REFUSED, code="-4", text="no credit", reason="no_credit", status=402))
    answered = await ask(f"/v1/messages/{sending.message_id}")
    assert answered["outcome"] == "refused"
    assert [decision["standing"] for decision in answered["decisions"]] == ["refused"]
    (_, call) = answered["calls"]
    assert (call["result"], call["code"], call["text"], call["tries"]) == ("refused", "-4", "no credit", 1)


async def test_everything_is_answered_once_in_order_and_nothing_personal(projection, client, sending) -> None:
    told = [
        *(sending.request(order=sending.rich_order()), sending.cancel_request(1.0)),
        *(sending.settle_request(2.0, Finding.SENT, ref="77:+34600000001"), sending.send(step=2)),
        *(sending.poll(5.0, 3), sending.cancel(6.0), sending.settle(7.0, ref="77:+34600000001"), *sending.all_calls()),
    ]
    projection.tell(*told)
    again = projection.offset
    projection.offset = 0
    projection.tell(*told)
    assert projection.offset == again, "the very same records once more"
    answer = await client.get(f"/v1/messages/{sending.message_id}")
    answered = answer.json()
    assert [request["kind"] for request in answered["requests"]] == ["message", "cancel", "settle"]
    assert answered["requests"][0]["recipient"] == "+34•••••••01"
    assert answered["requests"][0]["priority"] == "high"
    assert [(each["kind"], each["why"]) for each in answered["decisions"]] == [
        ("send", "requested"),
        ("poll", "no_receipt_yet"),
        ("cancel", "requested"),
        ("settle", "settled"),
    ]
    assert answered["decisions"][1]["round"] == 3
    assert [call["kind"] for call in answered["calls"]] == ["calling", "called", "doubt", "called"]
    assert answered["calls"][1]["refs"] == ["77:habc", "77:hdef"]
    assert not answered["records_left_off"]
    for personal in ("600000001", "spoken", "what is said"):
        assert personal not in answer.text


async def test_a_long_history_is_cut_and_says_so(projection, ask, sending, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.sending.MOST_RECORDS", 3)
    projection.tell(*(sending.poll(float(number), number) for number in range(1, 6)))
    answered = await ask(f"/v1/messages/{sending.message_id}")
    assert [decision["round"] for decision in answered["decisions"]] == [1, 2, 3]
    assert answered["records_left_off"]
