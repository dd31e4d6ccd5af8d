"""What the demo's application wants sent: Acuse takes all of it, and nobody real has the numbers."""

import json
import re
from datetime import UTC, datetime
from functools import cache

import msgspec

from acuse.demo.plans import LAST_TTL_SECONDS, PRICES, TTL_SECONDS, demo_plans, plan_settings
from acuse.demo.routes import ROUTES
from acuse.demo.wanted import Wanted, run_name, run_of, wanted
from acuse.plans.ready_made import ready_made_plans
from ingest.orders import Orders
from ingest.plans.reading import read_plan
from ingest.plans.resolving import PlanBook
from ingest.providers import PROVIDERS

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEPT_FOR_FICTION = (
    re.compile(r"\+3363998\d{4}"),
    re.compile(r"\+447700900\d{3}"),
    re.compile(r"\+3532091\d{5}"),
    re.compile(r"\+46701740(60[5-9]|6[1-9]\d)"),
    re.compile(r"\+1\d{3}55501\d\d"),
    re.compile(r"\+34600000\d{3}"),  # Spain keeps none: the block of the examples in Mensatek's document
    re.compile(r"\+573001234\d{3}"),  # nor does Colombia: enviosms' example
    re.compile(r"demo-r1-\d+@example\.com"),
)


@cache
def messages() -> tuple[Wanted, ...]:
    return tuple(wanted(messages=2_000, seed=7, run="r1"))


def test_acuse_takes_every_one() -> None:
    book = PlanBook(plans={name: read_plan(plan) for name, plan in demo_plans().items()})
    orders = Orders({name: provider() for name, provider in PROVIDERS.items()}, book)
    for each in messages():
        asked = orders.read(msgspec.json.encode(each.fields), AT)
        order, plan = asked.order, asked.plan
        assert (order.provider, order.channel, order.reference) == (each.provider, each.channel, each.reference)
        assert (plan.name if plan else "") == each.plan


def test_every_ready_made_plan_has_its_part() -> None:
    assert {each.plan for each in messages()} - {""} == ready_made_plans().keys()
    planned = sum(bool(each.plan) for each in messages())
    assert 0.2 < planned / len(messages()) < 0.4


def test_the_plans_differ_from_the_ready_made_ones_by_their_times_alone() -> None:
    for name, plan in demo_plans().items():
        hurried, ready_made = read_plan(plan), ready_made_plans()[name]
        assert hurried.about == ready_made.about
        assert [step.ttl for step in hurried.steps[:-1]] == [TTL_SECONDS] * (len(ready_made.steps) - 1)
        assert hurried.steps[-1].ttl == LAST_TTL_SECONDS
        for step, original in zip(hurried.steps, ready_made.steps, strict=True):
            assert (step.channel, step.provider, step.takes) == (original.channel, original.provider, original.takes)
            assert step.on.keys() == original.on.keys()


def test_all_that_the_demo_sends_has_a_price() -> None:
    said = {(provider, channel) for provider, own in PRICES.items() for channel in own}
    assert said >= {(route.provider, route.channel.value) for route in ROUTES}
    assert plan_settings()["prices.messente.viber"] == PRICES["messente"]["viber"]


def test_nobody_has_the_numbers() -> None:
    strangers = {each.fields["to"] for each in messages()}
    assert not {to for to in strangers if not any(kept.fullmatch(to) for kept in KEPT_FOR_FICTION)}


def test_every_way_of_sending_has_its_part_however_few_there_are() -> None:
    every = {
        (name, channel)
        for name, provider in Orders({n: p() for n, p in PROVIDERS.items()}).senders.items()
        for channel in provider.sends_on
    }
    few = wanted(messages=len(ROUTES), seed=1, run="r1")
    assert {(each.provider, each.channel) for each in few} == every


def test_each_message_names_itself_in_what_it_says() -> None:
    """So that one that is sent twice is seen at any provider, also where none of our references travels."""
    assert len({each.reference for each in messages()}) == len(messages())
    for each in messages():
        assert each.reference in json.dumps([each.fields.get(name) for name in ("text", "template", "voice")])


def test_the_same_seed_and_run_want_the_same() -> None:
    assert list(wanted(messages=50, seed=7, run="r1")) == list(messages()[:50])
    assert list(wanted(messages=50, seed=8, run="r1")) != list(messages()[:50])


def test_plain_sms_are_plain() -> None:
    assert {each.channel.value for each in messages() if each.is_plain_sms} == {"sms"}
    assert not any("fail2voice" in str(each.fields) for each in messages() if each.is_plain_sms)


def test_runs_have_names_of_their_own() -> None:
    assert run_name(AT) != run_name(AT.replace(microsecond=1_000))
    assert re.fullmatch(r"[0-9a-z]+", run_name(AT))
    own = next(wanted(messages=1, seed=7, run="r2", own=True))
    assert [run_of(each.reference) for each in (messages()[0], own)] == ["r1", "r2"]
