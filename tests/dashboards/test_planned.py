"""A message that is sent by a plan: what its plan is, what was decided by it and why, and what that makes of it."""

from datetime import datetime

import pytest

from delivery.calls import Result
from delivery.decisions import FailoverOutcome, Why
from delivery.stages import Stage
from tests.sinks.sending_story import BEGAN, SendingStory, at

pytestmark = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
"""Every question that is behind these is asked of both engines elsewhere."""


@pytest.fixture
def sending() -> SendingStory:
    return SendingStory()


@pytest.fixture
def tell(projection, history, start, sending):
    """Tells of an attempt at the message so many seconds after it began."""

    def told(stage: Stage, second: float, ref: str = "77:habc", step: int = 1, **more) -> None:
        make = history(ref=ref, told={"message_id": sending.message_id, "step": step})
        projection.store([make.status(stage, (BEGAN - start).total_seconds() + second, **more)])

    return told


async def test_the_plan_is_shown_whole_but_for_what_is_personal(projection, client, sending) -> None:
    projection.tell(sending.request(plan=sending.plan()), sending.request(5.0))
    answer = await client.get(f"/v1/messages/{sending.message_id}")
    plan = answer.json()["plan"]
    assert (plan["name"], plan["version"], plan["maximum_cost"]) == ("sms-first", "0a1b2c", "0.2")
    quiet = {"begins": "22:00:00", "ends": "08:00:00", "zones": ["Europe/Madrid"], "channels": ["voice"]}
    assert plan["quiet"] == quiet
    first, second = plan["steps"]
    assert first == {
        "choices": [
            {
                "provider": "mensatek",
                "channel": "sms",
                "form": "text",
                "weight": 1,
                "cost": "0.045",
                "legs": ["sms", "voice"],
            }
        ],
        "pick": "weighted",
        "ttl_seconds": 120,
        "success": "seen",
        "rules": {"handset_full": {"then": "retry", "times": 2, "after_seconds": 60}},
        "on_doubt": "next",
    }
    assert [(choice["provider"], choice["channel"], choice["form"]) for choice in second["choices"]] == [
        ("mensatek", "sms", "template"),
        ("messente", "viber", "text"),
    ]
    assert "600000001" not in answer.text
    assert "what is said" not in answer.text


async def test_every_decision_says_why_and_on_which_grounds(projection, ask, sending) -> None:
    projection.tell(sending.request(plan=sending.plan()), *sending.planned())
    projection.tell(*sending.planned()[:2])
    answered = await ask(f"/v1/messages/{sending.message_id}")
    wait, send, end, outcome = answered["decisions"]
    assert [(each["kind"], each["why"], each["copies"]) for each in answered["decisions"]] == [
        ("wait", "quiet_hours", 2),
        ("send", "failed", 2),
        ("end", "succeeded", 1),
        ("outcome", "succeeded", 1),
    ]
    for decision in answered["decisions"]:
        grounds = decision["grounds"]
        assert grounds["rule"] == "step 1 failed (handset_full): the next step"
        assert (grounds["plan"], grounds["plan_version"], grounds["reason"]) == ("sms-first", "0a1b2c", "handset_full")
        assert (grounds["spent"], grounds["weights"]) == ("0.045", {"mensatek/sms": 3, "messente/viber": 0})
        assert [(seen["provider"], seen["step"], seen["stage"]) for seen in grounds["seen"]] == [
            ("mensatek", 1, "undelivered")
        ]
        assert datetime.fromisoformat(grounds["timer"]) == at(5.0)
    assert (wait["provider"], wait["channel"], wait["step"], wait["tries"]) == (None, None, 2, 1)
    assert datetime.fromisoformat(wait["until"]) == at(20.0)
    assert (send["cost"], send["choice"], send["waits"], send["on_doubt"]) == ("0.08", 1, False, "next")
    assert datetime.fromisoformat(send["expires_at"]) == at(128.0)
    assert end["step"] == 2
    assert (outcome["outcome"], outcome["extra_cost"], outcome["added_seconds"]) == ("rescued", "0.08", 30.5)
    assert answered["failover"] == "rescued"


async def test_of_decisions_of_one_id_the_first_counts(projection, ask, sending) -> None:
    projection.tell(sending.request(plan=sending.plan()))
    projection.tell(sending.send(9.0, choice=0), sending.send(2.0, choice=1))
    (decision,) = (await ask(f"/v1/messages/{sending.message_id}"))["decisions"]
    assert (decision["choice"], decision["copies"]) == (0, 2)


async def test_the_outcome_follows_what_was_decided(projection, ask, sending, tell) -> None:
    async def outcome() -> str:
        shown = (await ask(f"/v1/messages/{sending.message_id}"))["outcome"]
        (listed,) = (await ask("/v1/messages"))["messages"]
        assert listed["outcome"] == shown, "the listing says the same"
        assert listed["plan"] == "sms-first"
        return shown

    projection.tell(sending.request(plan=sending.plan()))
    assert await outcome() == "accepted"
    projection.tell(sending.wait(0.5, Why.QUIET_HOURS, 10.0))
    assert await outcome() == "scheduled"
    projection.tell(sending.send(10.0))
    assert await outcome() == "accepted"
    projection.tell(sending.calling(10.5), sending.called(11.0, Result.TAKEN))
    assert await outcome() == "in_flight"
    tell(Stage.SCHEDULED, 11.5)
    assert await outcome() == "scheduled"
    tell(Stage.UNDELIVERED, 12.0)
    assert await outcome() == "in_flight", "nothing is under way, but the plan has a second step"
    projection.tell(sending.wait(12.5, Why.QUIET_HOURS, 60.0, step=2))
    assert await outcome() == "in_flight"
    second = {"decision_id": f"{sending.message_id}/2", "step": 2}
    projection.tell(sending.send(60.0, step=2), sending.called(60.5, Result.TAKEN, **second))
    tell(Stage.SCHEDULED, 61.0, ref="78:habc", step=2)
    assert await outcome() == "in_flight", "the first leg failed, so it is no longer only scheduled"
    tell(Stage.UNDELIVERED, 90.0, ref="78:habc", step=2)
    assert await outcome() == "in_flight"
    projection.tell(sending.end(90.5, Why.EXHAUSTED, 2), sending.outcome(91.0, FailoverOutcome.FAILED_TOO))
    assert await outcome() == "failed"
    tell(Stage.DELIVERED, 900.0)
    assert await outcome() == "delivered"


async def test_a_message_that_was_withdrawn_before_its_time_is_cancelled(projection, ask, sending) -> None:
    projection.tell(sending.request(send_at=at(600.0)), sending.wait(0.5, Why.SCHEDULED, 600.0))
    (scheduled,) = (await ask("/v1/messages"))["messages"]
    assert (scheduled["outcome"], scheduled["plan"]) == ("scheduled", None)
    projection.tell(sending.cancel_request(1.0), sending.end(1.5, Why.CANCELLED, 0))
    answered = await ask(f"/v1/messages/{sending.message_id}")
    assert (answered["outcome"], answered["plan"]) == ("cancelled", None)
    assert datetime.fromisoformat(answered["requests"][0]["begins_at"]) == at(600.0)


async def test_what_was_only_asked_for_is_listed_and_found(projection, client, ask, sending) -> None:
    other = SendingStory(provider="messente")
    asked = sending.request(5.0, order=sending.order(country="CO"))
    projection.tell(asked, other.request(9.0), other.cancel_request(10.0))
    listed = (await ask("/v1/messages"))["messages"]
    assert [(one["message_id"], one["outcome"], one["attempts"]) for one in listed] == [
        (other.message_id, "accepted", []),
        (sending.message_id, "accepted", []),
    ]
    for asked in ({"provider": "mensatek"}, {"country": "co"}, {"to": at(9.0).isoformat()}):
        (found,) = (await ask("/v1/messages", **asked))["messages"]
        assert found["message_id"] == sending.message_id
    for asked in ({"channel": "voice"}, {"stage": "queued"}, {"final": "false"}, {"reference": "order 6"}):
        assert (await ask("/v1/messages", **asked))["messages"] == []
    found = await client.post("/v1/messages/search", json={"recipient": "+34600000001", "reference": "order 5"})
    assert len(found.json()["messages"]) == 2
    assert (await client.post("/v1/messages/search", json={"recipient": "+34600000002"})).json()["messages"] == []
    first = await ask("/v1/messages", limit=1)
    (second,) = (await ask("/v1/messages", limit=1, cursor=first["next_cursor"]))["messages"]
    assert second["message_id"] == sending.message_id


async def test_a_message_stands_where_it_was_asked_for(projection, ask, sending, tell) -> None:
    projection.tell(sending.request(5.0))
    tell(Stage.DELIVERED, 30.0)
    (listed,) = (await ask("/v1/messages"))["messages"]
    assert datetime.fromisoformat(listed["opened_at"]) == at(5.0)
    assert [(one["stage"], one["step"], one["tries"]) for one in listed["attempts"]] == [("delivered", 1, 0)]
    (listed,) = (await ask("/v1/messages", stage="delivered"))["messages"]
    assert datetime.fromisoformat(listed["opened_at"]) == at(30.0)
