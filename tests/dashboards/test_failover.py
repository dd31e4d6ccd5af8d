"""The report on failing over, against the same figures worked out in Python from the records themselves."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from delivery.channels import Channel
from delivery.decisions import Decision, FailoverOutcome, Grounds, OutcomeDecision, SendDecision, Why
from delivery.plans import Choice, Plan, PlannedStep
from delivery.reasons import Reason
from delivery.requests import MessageRequest
from tests.dashboards.worked_out import quantile
from tests.sinks.sending_story import SendingStory, at

PERIOD = {"from": at(1000.0).isoformat(), "to": at(9000.0).isoformat()}
ROUTES = [(provider, channel) for provider in ("mensatek", "messente") for channel in (Channel.SMS, Channel.VIBER)]
OUTCOMES = ("rescued", "needless", "both", "failed_too", "pending")


@dataclass
class Followed:
    """What counts of one message: its first request, and of decisions of one id the first."""

    request: MessageRequest
    decisions: dict[str, Decision] = field(default_factory=dict)

    @property
    def sends(self) -> list[SendDecision]:
        found = [each for each in self.decisions.values() if isinstance(each, SendDecision)]
        return sorted(found, key=lambda send: (send.step, send.tries))

    @property
    def last_outcome(self) -> OutcomeDecision | None:
        return ([each for each in self.decisions.values() if isinstance(each, OutcomeDecision)] or [None])[-1]

    @property
    def failed_over(self) -> bool:
        return len({send.step for send in self.sends}) > 1

    @property
    def word(self) -> str:
        return self.last_outcome.outcome.value if self.last_outcome else "pending" if self.failed_over else ""

    @property
    def plan(self) -> tuple[str, str] | None:
        plan = self.request.plan
        return (plan.name, plan.version) if plan else None


def followed(told: Sequence[Any], since: datetime, until: datetime, **narrowed: str) -> list[Followed]:
    messages: dict[str, Followed] = {}
    for each in told:
        if isinstance(each, MessageRequest):
            messages.setdefault(each.message_id, Followed(each))
    for each in told:
        if isinstance(each, Decision):
            messages[each.message_id].decisions.setdefault(each.decision_id, each)
    provider, channel, plan = (narrowed.get(name) for name in ("provider", "channel", "plan"))
    return [
        message
        for message in messages.values()
        if message.plan
        and since <= message.request.received_at < until
        and plan in (None, message.plan[0])
        and (
            not (provider or channel)
            or any(provider in (None, s.order.provider) and channel in (None, s.order.channel) for s in message.sends)
        )
    ]


def fates(messages: Sequence[Followed]) -> dict[str, Any]:
    added = [
        message.last_outcome.added_seconds
        for message in messages
        if message.word == "rescued" and message.last_outcome.added_seconds is not None
    ]
    return {
        **{word: sum(message.word == word for message in messages) for word in OUTCOMES},
        "added_seconds_p50": quantile(added, 0.5),
        "added_seconds_p95": quantile(added, 0.95),
    }


def figures(messages: Sequence[Followed]) -> dict[str, Any]:
    told = fates(messages)
    over = sum(message.failed_over for message in messages)
    known = over - told["pending"]
    return {
        **told,
        "messages": len(messages),
        "sent": sum(bool(message.sends) for message in messages),
        "failed_over": over,
        "cost": sum((s.cost for message in messages for s in message.sends if s.cost is not None), Decimal(0)),
        "extra_cost": sum((s.cost for message in messages for s in message.sends[1:] if s.cost), Decimal(0)),
        "sendings_of_unknown_cost": sum(s.cost is None for message in messages for s in message.sends),
        "rescue_rate": told["rescued"] / known if known else None,
        "needless_rate": told["needless"] / known if known else None,
    }


def steps(messages: Sequence[Followed]) -> dict[tuple[Any, ...], dict[str, Any]]:
    ways: dict[tuple[Any, ...], list[tuple[Followed, int]]] = defaultdict(list)
    for message in messages:
        for before, fired in zip(message.sends, message.sends[1:], strict=False):
            if before.step != fired.step:
                route = [before.order.provider, before.order.channel, fired.order.provider, fired.order.channel]
                key = (*message.plan, fired.step, *route, fired.why, fired.grounds.reason if fired.grounds else None)
                ways[key].append((message, fired.step))
    return {
        key: {
            **fates([message for message, _ in gone]),
            "fired_over": len(gone),
            "arrived_first": sum(bool(m.last_outcome) and m.last_outcome.step == step for m, step in gone),
            "cost": sum((s.cost for m, step in gone for s in m.sends if s.step == step and s.cost), Decimal(0)),
        }
        for key, gone in ways.items()
    }


KEY = ("plan", "version", "step", "from_provider", "from_channel", "provider", "channel", "why", "reason")


def assert_same(answered: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        said = answered[name]
        if isinstance(value, Decimal):
            assert Decimal(said) == value, name
        elif isinstance(value, float):
            assert said == pytest.approx(value, abs=1e-9), name
        else:
            assert said == value, name


def some_plan(story: SendingStory, dice: random.Random) -> Plan:
    steps = tuple(
        PlannedStep(choices=(Choice(order=story.order(provider=provider, channel=channel)),))
        for provider, channel in dice.choices(ROUTES, k=dice.randrange(1, 4))
    )
    return Plan(steps=steps, name=dice.choice(["", "careful", "quick"]), version=dice.choice(["v1", "v2"]))


def some_message(dice: random.Random) -> list[Any]:
    """What was asked and decided about a message, as it may stand in the topics, repetitions and all."""
    story, second = SendingStory(), dice.uniform(0.0, 10_000.0)
    plan = some_plan(story, dice) if dice.random() < 0.9 else None
    told: list[Any] = [story.request(second, plan=plan)]
    if plan and dice.random() < 0.1:
        told.append(story.request(dice.uniform(0.0, 10_000.0), plan=some_plan(story, dice)))
    reached = dice.randrange(0, 4)
    for step in range(1, reached + 1):
        for tries in range(dice.choice([1, 1, 1, 2])):
            second += dice.uniform(0.0, 400.0)
            told.append(some_send(story, dice, second, step, tries, plan))
    if reached > 1:
        for outcome in dice.sample(list(FailoverOutcome), dice.choice([0, 1, 1, 1, 2])):
            second += dice.uniform(0.0, 900.0)
            added = {"added_seconds": dice.choice([None, round(dice.uniform(1.0, 900.0), 3)])}
            grounds = grounds_of(plan, None)
            told.append(story.outcome(second, outcome, step=dice.randrange(reached + 1), grounds=grounds, **added))
    repeated = [each for each in told if isinstance(each, SendDecision | OutcomeDecision) and dice.random() < 0.2]
    for decision in dice.sample(repeated, len(repeated)):
        # Decided again after a crash: under the same id, though it may say something else by now.
        sends = {"cost": Decimal(7), "order": story.order(provider="altiria")}
        changed = sends if isinstance(decision, SendDecision) else {"added_seconds": 0.5}
        later = decision.decided_at + timedelta(seconds=dice.uniform(0.0, 60.0))
        told.append(msgspec.structs.replace(decision, decided_at=later, **changed))
    return [*told, story.poll(second), story.wait(second, Why.HELD), story.end(second)]


def grounds_of(plan: Plan | None, reason: Reason | None) -> Grounds:
    """As deciding gives them: whose message has a plan tells its name and version."""
    planned = {"plan": plan.name, "plan_version": plan.version} if plan else {}
    return Grounds(rule="a rule", reason=reason, **planned)


def some_send(
    story: SendingStory, dice: random.Random, second: float, step: int, tries: int, plan: Plan | None
) -> SendDecision:
    provider, channel = dice.choice(ROUTES)
    reason = dice.choice([None, Reason.HANDSET_ERROR, Reason.NO_CREDIT])
    return story.send(
        second,
        step,
        tries,
        order=story.order(provider=provider, channel=channel),
        cost=dice.choice([None, Decimal("0.045"), Decimal("0.1")]),
        why=dice.choice([Why.FAILED, Why.TTL]),
        grounds=grounds_of(plan, reason),
    )


@pytest.fixture
def told(projection) -> list[Any]:
    """The records of many messages, interleaved, and put in twice by a sink that lost its place."""
    dice = random.Random(11)
    of_messages = [some_message(dice) for _ in range(250)]
    told = []
    while of_messages:
        records = dice.choice(of_messages)
        told.append(records.pop(0))
        of_messages = [each for each in of_messages if each]
    projection.tell(*told)
    projection.offset = 0
    projection.tell(*told)
    return told


async def test_every_figure_is_that_of_the_records(told, ask) -> None:
    for narrowed in ({}, {"plan": "careful"}, {"provider": "mensatek"}, {"provider": "messente", "channel": "viber"}):
        messages = followed(told, at(1000.0), at(9000.0), **narrowed)
        assert len(messages) > 20, narrowed
        report = await ask("/v1/reports/failover", **PERIOD, **narrowed, limit=500)
        (total, *plans) = report["plans"]
        assert (total["plan"], total["version"]) == (None, None)
        assert_same(total, figures(messages))
        of_plan = defaultdict(list)
        for message in messages:
            of_plan[message.plan].append(message)
        assert [(row["plan"], row["version"]) for row in plans] == sorted(
            of_plan, key=lambda plan: (-len(of_plan[plan]), plan)
        )
        for row in plans:
            assert_same(row, figures(of_plan[row["plan"], row["version"]]))
        expected = steps(messages)
        answered = {tuple(row[name] for name in KEY): row for row in report["steps"]}
        assert set(answered) == set(expected)
        for key, row in answered.items():
            assert_same(row, expected[key])
        assert [row["fired_over"] for row in report["steps"]] == sorted(
            (row["fired_over"] for row in expected.values()), reverse=True
        )
        assert (report["cursors"], report["notes"]) == ({}, [])


@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
@pytest.mark.usefixtures("told")
async def test_what_is_left_off_is_said_with_how_to_see_it(ask) -> None:
    whole = await ask("/v1/reports/failover", **PERIOD, limit=500)
    cut = await ask("/v1/reports/failover", **PERIOD, limit=2)
    assert (cut["plans"], cut["steps"]) == (whole["plans"][:3], whole["steps"][:2]), "a total is of all"
    assert cut["notes"] == [
        f"'{name}' has more than 2 rows: give a larger 'limit', 500 at most, or go on with its 'cursor'"
        for name in ("plans", "steps")
    ]
    for table, first in (("plans", 1), ("steps", 0)):
        rows, page = whole[table][first:], cut
        seen = page[table][first:]
        while cursor := page["cursors"].get(table):
            page = await ask("/v1/reports/failover", cursor=cursor, limit=3)
            assert (page["from"], page["to"], page["as_of"]) == (cut["from"], cut["to"], cut["as_of"])
            seen += page[table]
        assert seen == rows


@pytest.mark.parametrize("clickhouse_config", ["embedded"], indirect=True)
@pytest.mark.usefixtures("projection")
async def test_of_nothing_there_is_a_report_of_the_last_day(ask) -> None:
    report = await ask("/v1/reports/failover")
    assert [(row["plan"], row["messages"], row["cost"], row["rescue_rate"]) for row in report["plans"]] == [
        (None, 0, "0", None)
    ]
    assert report["steps"] == []
    since, until = (datetime.fromisoformat(report[name]) for name in ("from", "to"))
    assert until - since == timedelta(days=1)
    assert "'from' and 'to'" in report["notes"][0]


@pytest.mark.parametrize(
    ("asked", "field", "remedy"),
    [
        ({"fom": "x"}, "fom", "did you mean 'from'?"),
        ({"from": "yesterday"}, "from", "ISO 8601"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, "from", "92 days at a time"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to", "later than 'from'"),
        ({"channel": "fax"}, "channel", "sms, voice"),
        ({"plan": ""}, "plan", "1 to 256"),
        ({"plan": ["a", "b"]}, "plan", "once"),
        ({"limit": "1000"}, "limit", "1 to 500"),
        ({"cursor": "x"}, "cursor", "exactly as it was given"),
        ({"country": "ES"}, "country", "use any of from, to"),
    ],
)
async def test_a_parameter_at_fault_is_named_with_the_remedy(asked, field, remedy, ask_unread) -> None:
    refused = await ask_unread.refused("/v1/reports/failover", 400, **asked)
    assert refused["field"] == field
    assert remedy in refused["error"]
