"""Decisions as they are listed, against the records themselves."""

import csv
import io
import random
from typing import Any

import pyarrow as pa
import pytest

from dashboards.reports.formats import MEDIA_TYPES, Format
from delivery.decisions import Decision, FailoverOutcome, SendDecision, Why
from tests.sinks.sending_story import SendingStory, at

embedded = pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)


@pytest.fixture
def decided(projection) -> list[Decision]:
    """What was decided about some messages, in the order of the topic, some of it twice."""
    dice = random.Random(3)
    decisions: list[Decision] = []
    for number in range(12):
        story = SendingStory(provider=dice.choice(["mensatek", "messente"]))
        seconds = sorted(float(dice.randrange(60)) for _ in range(4))
        decisions += [
            story.send(seconds[0]),
            story.poll(seconds[1], number + 1),
            story.send(seconds[2], step=2, why=dice.choice([Why.TTL, Why.FAILED]), grounds=story.grounds()),
            story.outcome(seconds[3], dice.choice(list(FailoverOutcome)), step=2),
            *story.planned()[:1],
        ]
        if number % 3 == 0:
            decisions.append(story.send(seconds[2] + dice.choice([0.0, 7.0]), step=2, why=Why.IN_DOUBT))
    projection.tell(*decisions)
    projection.offset = 0
    projection.tell(*decisions)
    return decisions


def expected(decisions: list[Decision], meets) -> list[str]:
    """Ids, newest first, of the first record of each id, where that meets the filters."""
    firsts: dict[str, Decision] = {}
    for decision in decisions:
        firsts.setdefault(decision.decision_id, decision)
    met = [decision for decision in firsts.values() if meets(decision)]
    ordered = sorted(met, key=lambda each: (each.decided_at, each.decision_id), reverse=True)
    return [decision.decision_id for decision in ordered]


def said(decision: Decision, name: str) -> Any:
    about = decision.order if isinstance(decision, SendDecision) else getattr(decision, "target", None)
    return getattr(about, name, None)


FILTERS = {
    "none": ({}, lambda _: True),
    "kind": ({"kind": "outcome"}, lambda each: hasattr(each, "outcome")),
    "why": ({"why": "ttl"}, lambda each: each.why is Why.TTL),
    "plan": ({"plan": "sms-first"}, lambda each: each.grounds is not None),
    "provider": ({"provider": "messente"}, lambda each: said(each, "provider") == "messente"),
    "channel": ({"channel": "sms"}, lambda each: said(each, "channel") == "sms"),
    "reason": ({"reason": "handset_full"}, lambda each: each.grounds is not None),
    "outcome": ({"outcome": "rescued"}, lambda each: getattr(each, "outcome", None) == "rescued"),
    "step": ({"step": "2"}, lambda each: getattr(each, "step", None) == 2),
    "from": ({"from": at(30.0).isoformat()}, lambda each: each.decided_at >= at(30.0)),
    "to": ({"to": at(30.0).isoformat()}, lambda each: each.decided_at < at(30.0)),
    "several": (
        {"kind": "send", "step": "2", "from": at(20.0).isoformat()},
        lambda each: isinstance(each, SendDecision) and each.step == 2 and each.decided_at >= at(20.0),
    ),
}


async def test_every_filter_finds_the_first_record_of_what_meets_it(decided, ask) -> None:
    for asked, meets in FILTERS.values():
        answered = await ask("/v1/decisions", limit=500, **asked)
        found = [decision["decision_id"] for decision in answered["decisions"]]
        assert found == expected(decided, meets), asked
        assert found, "a filter that nothing meets shows nothing"
        assert answered["next_cursor"] is None
    one = decided[0].message_id
    of_one = await ask("/v1/decisions", message_id=one)
    assert {each["message_id"] for each in of_one["decisions"]} == {one}
    assert sorted(each["copies"] for each in of_one["decisions"]) == [1, 1, 1, 1, 2]


@embedded
@pytest.mark.parametrize("limit", [3, 20])
async def test_paging_visits_every_decision_once_in_order(decided, ask, limit) -> None:
    visited: list[str] = []
    following: dict[str, str] = {}
    while True:
        answered = await ask("/v1/decisions", limit=limit, **following)
        assert len(answered["decisions"]) <= limit
        visited += [decision["decision_id"] for decision in answered["decisions"]]
        if answered["next_cursor"] is None:
            break
        following = {"cursor": answered["next_cursor"]}
    assert visited == expected(decided, lambda _: True)
    refused = await ask.refused("/v1/decisions", 400, kind="send", **following)
    assert refused["field"] == "cursor"


@embedded
@pytest.mark.usefixtures("decided")
async def test_nothing_personal_is_shown(client) -> None:
    answer = await client.get("/v1/decisions?limit=500")
    assert "600000001" not in answer.text
    assert "what is said" not in answer.text


@pytest.mark.parametrize(
    ("asked", "field", "remedy"),
    [
        ({"knd": "send"}, "knd", "did you mean 'kind'?"),
        ({"kind": "sending"}, "kind", "use one of send, poll"),
        ({"why": "because"}, "why", "requested"),
        ({"message_id": "7"}, "message_id", "UUID"),
        ({"step": "-1"}, "step", "0 to 1000"),
        ({"outcome": "good"}, "outcome", "rescued"),
        ({"cursor": "x"}, "cursor", "next_cursor"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to", "later than 'from'"),
    ],
)
async def test_a_parameter_at_fault_is_named_with_the_remedy(asked, field, remedy, ask_unread) -> None:
    refused = await ask_unread.refused("/v1/decisions", 400, **asked)
    assert refused["field"] == field
    assert remedy in refused["error"]


@embedded
@pytest.mark.usefixtures("decided")
async def test_decisions_are_written_for_other_programs_too(client, ask) -> None:
    page = await ask("/v1/decisions", limit=7)
    as_csv = await client.get("/v1/decisions", params={"limit": 7, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [row["decision_id"] for row in rows] == [each["decision_id"] for each in page["decisions"]]
    assert [row["rule"] for row in rows] == [(each["grounds"] or {"rule": ""})["rule"] for each in page["decisions"]]
    onward = (await client.get(as_csv.links["next"]["url"])).text
    further = await ask("/v1/decisions", limit=7, cursor=page["next_cursor"])
    assert [row["decision_id"] for row in csv.DictReader(io.StringIO(onward))] == [
        each["decision_id"] for each in further["decisions"]
    ]
    as_arrow = await client.get("/v1/decisions", params={"limit": 7}, headers={"Accept": MEDIA_TYPES[Format.ARROW]})
    assert pa.ipc.open_stream(as_arrow.content).read_all().num_rows == len(rows)
    as_sql = await client.get("/v1/decisions", params={"kind": "send", "format": "sql"})
    assert "SET param_kind = 'send'" in as_sql.text
