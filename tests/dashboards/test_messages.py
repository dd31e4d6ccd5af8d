"""A message as it is answered: its attempts, its outcome, and the way from an id that was retired."""

import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.identities import attempt_key, derived_message_id
from delivery.messages import message_outcome
from delivery.stages import Stage

MESSAGE = "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"
EARLIER = "018f4e6e-0000-7cc1-b5a1-7d0c6d8a1b2c"


def derived(story) -> str:
    return derived_message_id(attempt_key(story.provider, story.ref))


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(min_value=0))
async def test_every_message_is_answered_with_all_its_attempts(seed, projection, ask, histories) -> None:
    projection.heard.clear()
    for table in ("events", "attempts", "aliases"):
        projection.client.command(f"TRUNCATE TABLE {table}")
    projection.store([event for events in histories(random.Random(seed), 10) for event in events])
    by_message: dict[str, list] = {}
    for attempt in projection.attempts():
        by_message.setdefault(attempt.message_id, []).append(attempt)
    for message_id, attempts in by_message.items():
        attempts.sort(key=lambda attempt: (attempt.opened_at, attempt.provider, attempt.ref))
        answered = await ask(f"/v1/messages/{message_id}")
        assert answered["message_id"] == message_id
        assert answered["outcome"] == message_outcome(attempts)
        assert [(one["provider"], one["ref"]) for one in answered["attempts"]] == [
            (one.provider, one.ref) for one in attempts
        ]
        assert [one["stage"] for one in answered["attempts"]] == [one.stage for one in attempts]
        assert answered["decisions"] == []
        assert answered["alias_of"] is None
        replies = {event.event_id for one in attempts for event in projection.heard[one.provider, one.ref]}
        assert {reply["event_id"] for reply in answered["replies"]} <= replies
        for attempt in attempts:
            if attempt.derived_message_id != message_id:
                led = await ask(f"/v1/messages/{attempt.derived_message_id}")
                assert (led["message_id"], led["alias_of"]) == (message_id, message_id)


async def test_an_attempt_is_answered_within_its_message_as_alone(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(1.0), story.status(Stage.SEEN, 60.0), story.reply(90.0), story.reply(90.0)])
    alone = await ask(f"/v1/attempts/{story.provider}/{story.ref}")
    message = await ask(f"/v1/messages/{derived(story)}")
    assert message["attempts"] == [alone]
    assert message["outcome"] == "seen"
    reply = alone["events"][-1]
    named = {"provider": "mensatek", "ref": story.ref, "channel": "sms"}
    of_event = ("event_id", "occurred_at", "received_at", "copies")
    assert message["replies"] == [{name: reply[name] for name in of_event} | named]
    assert reply["copies"] == 2


async def test_a_retired_id_leads_on_before_its_alias_has_arrived(projection, ask, history) -> None:
    story = history()
    projection.store([story.status(Stage.SENT, 5.0), story.send(9.0, message_id=MESSAGE)])
    projection.client.command("TRUNCATE TABLE aliases")
    assert (await ask(f"/v1/messages/{derived(story)}"))["alias_of"] == MESSAGE


async def test_a_claim_that_was_overtaken_leads_to_the_one_that_stays(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(9.0, message_id=MESSAGE)])
    overtaken = projection.attempt((story.provider, story.ref))
    projection.store([story.send(2.0, message_id=EARLIER)])
    projection.alias((MESSAGE, msgspec.structs.replace(overtaken, message_id=EARLIER)))
    for asked in (MESSAGE, derived(story)):
        answered = await ask(f"/v1/messages/{asked}")
        assert (answered["message_id"], answered["alias_of"]) == (EARLIER, EARLIER)
    projection.client.command("TRUNCATE TABLE aliases")
    assert (await ask(f"/v1/messages/{MESSAGE}"))["alias_of"] == EARLIER


async def test_a_claimed_message_is_found_before_its_state_has_arrived(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(9.0, message_id=MESSAGE)], tracked=False)
    answered = await ask(f"/v1/messages/{MESSAGE}")
    assert answered["attempts"][0]["state_from"] == "events"


async def test_an_id_may_be_written_in_capitals(projection, ask, history) -> None:
    projection.store([history().send(9.0, message_id=MESSAGE)])
    assert (await ask(f"/v1/messages/{MESSAGE.upper()}"))["message_id"] == MESSAGE


@pytest.mark.usefixtures("projection")
async def test_a_message_that_nobody_told_of_is_not_found(ask) -> None:
    assert "no such message" in (await ask.refused(f"/v1/messages/{MESSAGE}", 404))["error"]


@pytest.mark.parametrize("text", ["1", "018f4e6e5a3c7cc1b5a17d0c6d8a1b2c", "{018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c}"])
async def test_what_is_no_id_is_refused_with_what_one_looks_like(text, ask_unread) -> None:
    refused = await ask_unread.refused(f"/v1/messages/{text}", 400)
    assert refused["field"] == "message_id"
    assert "UUID" in refused["error"]
