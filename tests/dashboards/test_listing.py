"""Listings, against the same question asked of the pure folds in memory."""

import csv
import hashlib
import io
import random
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest

from dashboards.filters import IN_URL, PAGE, AttemptOutcome
from dashboards.reader import question
from delivery.channels import Channel
from delivery.events import Personal
from delivery.identities import attempt_key, derived_message_id
from delivery.messages import message_outcome
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage
from delivery.standing import Attempt, Clock
from tests.sinks.sending_story import SendingStory

one_engine = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
"""What is behind these is asked of both engines by others."""


@pytest.fixture
def many(projection, histories) -> list[Attempt]:
    """Attempts of 60 histories, each stored in two goes, so that the tables hold superseded states too."""
    told = histories(random.Random(7), 60)
    projection.store([event for events in told for event in events[: len(events) // 2]])
    projection.store([event for events in told for event in events[len(events) // 2 :]])
    return projection.attempts()


def expected(attempts: list[Attempt], meets) -> list[str]:
    """Message ids, newest first, by the earliest opening of the attempts that meet the filters."""
    opened: dict[str, datetime] = {}
    for attempt in attempts:
        if meets(attempt):
            opened[attempt.message_id] = min(opened.get(attempt.message_id, attempt.opened_at), attempt.opened_at)
    return sorted(opened, key=lambda message_id: (opened[message_id], message_id), reverse=True)


def anything(_attempt: Attempt) -> bool:
    return True


MIDDLE = datetime(2026, 3, 31, 21, tzinfo=UTC)


def timed(attempt: Attempt, least: float, most: float) -> bool:
    return attempt.delivery_seconds is not None and least <= attempt.delivery_seconds < most


FILTERS = {
    "none": ({}, anything),
    "provider": ({"provider": "altiria"}, lambda attempt: attempt.provider == "altiria"),
    "channel": ({"channel": "voice"}, lambda attempt: attempt.channel == "voice"),
    "stage": ({"stage": "undelivered"}, lambda attempt: attempt.stage is Stage.UNDELIVERED),
    "reason": ({"reason": "blocked"}, lambda attempt: attempt.reason == "blocked"),
    "final": ({"final": "true"}, lambda attempt: attempt.final),
    "not final": ({"final": "false"}, lambda attempt: not attempt.final),
    "replied": ({"replied": "true"}, lambda attempt: attempt.replied_at is not None),
    "contradicted": ({"contradicted": "true"}, lambda attempt: bool(attempt.contradictions)),
    "not contradicted, revised": (
        {"contradicted": "false", "revised": "true"},
        lambda attempt: attempt.revised and not attempt.contradictions,
    ),
    "country": ({"country": "es"}, lambda attempt: attempt.country == "ES"),
    "reference": ({"reference": "order 3"}, lambda attempt: attempt.reference == "order 3"),
    "delivered": ({"outcome": "delivered"}, lambda attempt: attempt.stage in SUCCESSES),
    "failed": ({"outcome": "failed"}, lambda attempt: attempt.stage in FAILURES),
    "code": ({"code": "REJ"}, lambda attempt: attempt.code == "REJ"),
    "seconds": ({"seconds_from": "100", "seconds_to": "900.5"}, lambda attempt: timed(attempt, 100, 900.5)),
    "clock": ({"clock": "elapsed"}, lambda attempt: attempt.clock == "elapsed"),
    "from": ({"from": "2026-03-31T23:00:00+02:00"}, lambda attempt: attempt.opened_at >= MIDDLE),
    "to": ({"to": "2026-03-31T21:00:00Z"}, lambda attempt: attempt.opened_at < MIDDLE),
    "several": (
        {"channel": "sms", "final": "true", "to": "2026-03-31T21:00:00Z"},
        lambda attempt: attempt.channel == "sms" and attempt.final and attempt.opened_at < MIDDLE,
    ),
}


async def test_every_filter_finds_what_meets_it_newest_first(many, ask) -> None:
    for asked, meets in FILTERS.values():
        answered = await ask("/v1/messages", limit=500, **asked)
        assert [message["message_id"] for message in answered["messages"]] == expected(many, meets), asked
        assert answered["next_cursor"] is None
        met = {(one["provider"], one["ref"]) for each in answered["messages"] for one in each["attempts"] if one["met"]}
        assert met, asked
        assert met == {(one.provider, one.ref) for one in many if meets(one)}, asked
        assert (await ask("/v1/messages/count", **asked))["attempts"] == len(met), asked


async def test_a_listed_message_has_all_its_attempts_as_they_stand(many, ask) -> None:
    of_message: dict[str, list[Attempt]] = {}
    for attempt in many:
        of_message.setdefault(attempt.message_id, []).append(attempt)
    answered = await ask("/v1/messages", stage="delivered", limit=500)
    assert any(len(message["attempts"]) > 1 for message in answered["messages"])
    for message in answered["messages"]:
        attempts = of_message[message["message_id"]]
        assert message["outcome"] == message_outcome(attempts)
        assert {
            (one["provider"], one["ref"], one["stage"], one["delivery_seconds"]) for one in message["attempts"]
        } == {(one.provider, one.ref, one.stage, one.delivery_seconds) for one in attempts}


OF_THESE = ("scheduled", "in_flight", "in_flight", "failed", "failed")


@one_engine
async def test_what_is_under_way_is_in_one_outcome_and_a_step_a_sender_and_a_line_are_found(
    projection, ask, history
) -> None:
    personal = Personal(recipient="+34600000001", sender="ACME")
    told = {
        "scheduled": history(ref="scheduled", told={"step": 2}).status(Stage.SCHEDULED, 1.0),
        "in_flight": history(ref="in_flight", told={"number_type": "mobile", "carrier": "Orange"}).send(2.0),
        "delivered": history(ref="delivered").status(Stage.SEEN, 3.0, 3.0),
        "failed": history(ref="failed").send(4.0, stage=Stage.REJECTED, final=True, personal=personal),
    }
    projection.store(list(told.values()))
    others = {"step": "2", "number_type": "mobile", "carrier": "Orange", "sender": "ACME", "reason": "unspecified"}
    asked = [({"outcome": name}, name) for name in told]
    asked += [({name: said}, ref) for (name, said), ref in zip(others.items(), OF_THESE, strict=True)]
    for filters, ref in asked:
        answered = await ask("/v1/messages", **filters)
        assert [one["ref"] for each in answered["messages"] for one in each["attempts"]] == [ref], filters


@pytest.mark.parametrize("limit", [3, 40])
async def test_paging_visits_every_message_once_in_order_though_many_tie(many, ask, limit, monkeypatch) -> None:
    monkeypatch.setattr("dashboards.listing.STRETCHES", (timedelta(minutes=20), timedelta(hours=1)))
    visited: list[str] = []
    following: dict[str, str] = {}
    while True:
        answered = await ask("/v1/messages", limit=limit, **following)
        assert len(answered["messages"]) <= limit
        visited += [message["message_id"] for message in answered["messages"]]
        if answered["next_cursor"] is None:
            break
        following = {"cursor": answered["next_cursor"]}
    assert visited == expected(many, anything)
    assert len({attempt.opened_at for attempt in many}) < len(visited), "some are opened in the same moment"


@pytest.mark.usefixtures("many")
async def test_what_comes_in_meanwhile_does_not_move_the_pages(projection, ask, history) -> None:
    first = await ask("/v1/messages", limit=5)
    second = await ask("/v1/messages", limit=5, cursor=first["next_cursor"])
    projection.store([history(ref="later").send(900_000.0)])
    assert await ask("/v1/messages", limit=5, cursor=first["next_cursor"]) == second


@pytest.mark.usefixtures("many")
async def test_a_cursor_is_refused_under_other_filters_and_when_garbled(ask) -> None:
    cursor = (await ask("/v1/messages", limit=1))["next_cursor"]
    assert (await ask.refused("/v1/messages", 400, cursor=cursor, final="true"))["field"] == "cursor"
    for garbled in (cursor[:-3], "x", "é", "W10", cursor + "AA"):
        assert (await ask.refused("/v1/messages", 400, cursor=garbled))["field"] == "cursor"


async def test_a_recipient_is_searched_for_by_a_body_and_shown_nowhere(projection, client, history) -> None:
    theirs, others = history(ref="1"), history(ref="2")
    other = others.send(0.0).personal
    projection.store([theirs.send(1.0), theirs.status(Stage.SENT, 2.0)])
    projection.store([others.send(3.0, personal=type(other)(recipient="+34600000002"))])
    for number in ("+34600000001", "+34 600-000-001"):
        answer = await client.post("/v1/messages/search", json={"recipient": number, "final": False, "limit": 10})
        assert [one["ref"] for message in answer.json()["messages"] for one in message["attempts"]] == ["1"]
        assert "600000001" not in answer.text
    everything = await client.post("/v1/messages/search", json={})
    assert len(everything.json()["messages"]) == 2
    first = (await client.post("/v1/messages/search", json={"limit": 1})).json()
    following = {"limit": 1, "cursor": first["next_cursor"]}
    second = (await client.post("/v1/messages/search", json=following)).json()
    assert second["messages"][0]["message_id"] != first["messages"][0]["message_id"]


@one_engine
async def test_a_search_finds_by_number_id_reference_and_text_whatever_was_written(
    projection, client, history, monkeypatch
) -> None:
    personal = Personal(recipient="+34600000002", text="Olé, 1234")
    sought = history(ref="77:habc", told={"reference": "order 5", "handle": "omni-1"})
    projection.store([history(ref="770").send(1.0), sought.send(2.0, personal=personal)])
    digest = hashlib.sha256("Olé, 1234".encode()).hexdigest()
    message_id = derived_message_id(attempt_key("mensatek", "77:habc"))
    wrote = ["+34 600-000-002", "0034600000002", "34600000002", "77:habc", "77", "omni-1", "order 5", "Olé, 1234"]
    for text in [*wrote, digest, digest.upper(), message_id, message_id.upper()]:
        answer = await client.post("/v1/messages/search", json={"search": text})
        assert [each["message_id"] for each in answer.json()["messages"]] == [message_id], text
        assert "600000002" not in answer.text
    for text in ("+34600000003", "7", "olé, 1234", digest[:-1], "order"):
        assert (await client.post("/v1/messages/search", json={"search": text})).json()["messages"] == [], text
    monkeypatch.setattr("dashboards.listing.MOST_SOUGHT", 0)
    refused = await client.post("/v1/messages/search", json={"search": "order 5"})
    assert (refused.status_code, refused.json()["field"]) == (400, "search")
    monkeypatch.undo()
    asked = SendingStory()
    projection.tell(asked.request())
    for text in (asked.message_id, "order 5", "Olé, what is said"):
        found = (await client.post("/v1/messages/search", json={"search": text})).json()["messages"]
        assert asked.message_id in [each["message_id"] for each in found], text


@one_engine
async def test_it_is_written_for_other_programs_an_attempt_a_row(projection, client, history) -> None:
    told = {"message_id": "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"}
    projection.store([history(ref=ref, told=told).send(float(second)) for second, ref in enumerate(("1", "2"), 1)])
    projection.store([history(ref="3").send(0.0)])
    asked = {"limit": 1, "provider": "mensatek"}
    answer = await client.get("/v1/messages", params={**asked, "format": "csv"})
    rows = csv.DictReader(io.StringIO(answer.text))
    assert [(row["message_id"], row["ref"], row["met"]) for row in rows] == [
        (told["message_id"], "1", "true"),
        (told["message_id"], "2", "true"),
    ]
    onward = await client.get(answer.links["next"]["url"])
    assert [row["ref"] for row in csv.DictReader(io.StringIO(onward.text))] == ["3"]
    assert "next" not in onward.links
    parquet = await client.get("/v1/messages", params=asked, headers={"Accept": "application/vnd.apache.parquet"})
    assert parquet.content[:4] == b"PAR1"
    sql = (await client.get("/v1/messages", params={**asked, "format": "sql"})).text
    assert "SET param_provider = 'mensatek';" in sql
    assert (await client.get("/v1/messages", params={"format": "xml"})).json()["field"] == "format"


@one_engine
def test_what_is_looked_for_is_found_by_indexes(projection, history) -> None:
    projection.store([history().send(1.0)])
    ways = dict.fromkeys(("sought_message", "sought_recipient", "sought_name", "sought_text"), "x")
    plan = projection.client.query(f"EXPLAIN indexes = 1 {question('sought')}", parameters=ways).result_rows
    used = {line.split()[-1] for (line,) in plan if "Name: " in line}
    assert used >= {"by_recipient", "by_text", "by_handle", "by_reference", "by_message", "by_derived_message"}


async def test_a_superseded_state_is_not_found_by_what_it_was(projection, ask, history) -> None:
    story = history()
    projection.store([story.send(1.0)])
    projection.store([story.status(Stage.DELIVERED, 9.0)])
    assert (await ask("/v1/messages", stage="queued"))["messages"] == []
    assert len((await ask("/v1/messages", stage="delivered"))["messages"]) == 1


async def test_a_claimed_attempt_is_listed_under_its_message_alone(projection, ask, history) -> None:
    story = history()
    projection.store([story.status(Stage.SENT, 5.0)])
    claimed = "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c"
    projection.store([story.send(9.0, message_id=claimed)])
    assert [message["message_id"] for message in (await ask("/v1/messages"))["messages"]] == [claimed]


@pytest.mark.parametrize(
    ("asked", "field", "remedy"),
    [
        ({"chanel": "sms"}, "chanel", "did you mean 'channel'?"),
        ({"zzz": "1"}, "zzz", "use any of provider, channel"),
        ({"recipient": "+34600000000"}, "recipient", "/v1/messages/search"),
        ({"search": "+34600000000"}, "search", "/v1/messages/search"),
        ({"channel": "fax"}, "channel", "sms, voice, viber"),
        ({"stage": ""}, "stage", "use one of scheduled"),
        ({"reason": "bad"}, "reason", "absent_subscriber"),
        ({"final": "yes"}, "final", "true or false"),
        ({"country": "ESP"}, "country", "two letters"),
        ({"provider": ""}, "provider", "1 to 256 characters"),
        ({"reference": "x" * 257}, "reference", "1 to 256 characters"),
        ({"from": "2026-03-31"}, "from", "zone"),
        ({"from": "2026-03-31T10:00:00"}, "from", "zone"),
        ({"to": "0001-01-01T00:00:00Z"}, "to", "ISO 8601"),
        ({"to": "yesterday"}, "to", "ISO 8601"),
        ({"from": "2026-04-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "to", "later than 'from'"),
        ({"outcome": "well"}, "outcome", "use one of delivered"),
        ({"number_type": "x"}, "number_type", "mobile"),
        ({"clock": "wall"}, "clock", "elapsed, provider"),
        ({"step": "-1"}, "step", "0 to 1000"),
        ({"seconds_from": "1e3"}, "seconds_from", "4.5 for example"),
        ({"seconds_to": "nan"}, "seconds_to", "4.5 for example"),
        ({"seconds_from": "5", "seconds_to": "5.0"}, "seconds_to", "more than 'seconds_from'"),
        ({"limit": "0"}, "limit", "1 to 500"),
        ({"limit": "501"}, "limit", "1 to 500"),
        ({"limit": "9" * 5000}, "limit", "1 to 500"),
        ({"limit": "²"}, "limit", "1 to 500"),
        ({"limit": ["5", "6"]}, "limit", "once"),
    ],
)
async def test_a_parameter_at_fault_is_named_with_the_remedy(asked, field, remedy, ask_unread) -> None:
    refused = await ask_unread.refused("/v1/messages", 400, **asked)
    assert refused["field"] == field
    assert remedy in refused["error"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"[]", 400, "body"),
        (b"\xff", 400, "body"),
        (b'{"recipient": ["+34600000000"]}', 400, "body"),
        (b'{"recipient": "600000000"}', 400, "recipient"),
        (b'{"search": " "}', 400, "search"),
        (b'{"recipent": "+34600000000"}', 400, "recipent"),
        (b'{"limit": true}', 400, "limit"),
        (b" " * 20_000, 413, "body"),
    ],
)
async def test_a_body_at_fault_is_refused_with_the_field(body, status, field, unread_client) -> None:
    answer = await unread_client.post("/v1/messages/search", content=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_bounds_are_to_the_microsecond(projection, ask, history, start) -> None:
    projection.store([history().send(1.000001)])
    at = start + timedelta(seconds=1.000001)
    assert len((await ask("/v1/messages", **{"from": at.isoformat()}))["messages"]) == 1
    assert (await ask("/v1/messages", to=at.isoformat()))["messages"] == []


def test_the_page_of_messages_has_every_filter_and_every_word_of_them() -> None:
    pages = resources.files("dashboards").joinpath("static", "pages")
    scripts = ("messages.js", "messages_words.js", "drill.js", "filters.js")
    told = "".join(pages.joinpath(name).read_text(encoding="utf-8") for name in scripts)
    filters = set(IN_URL) - {"from", "to", *PAGE}
    words = {*Stage, *Reason, *NumberType, *AttemptOutcome, *Channel, *Clock}
    assert {name for name in filters | words if f'"{name}"' not in told} == set()
