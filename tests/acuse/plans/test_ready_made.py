"""The plans that come with Acuse can be sent by as they are, and do what they say."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from acuse.plans.cautions import cautions, faults
from acuse.plans.ready_made import ready_made_plans
from acuse.plans.words import in_words
from delivery.channels import Channel
from delivery.decisions import SendDecision
from delivery.failover import decide
from delivery.message_states import with_request
from delivery.requests import MessageRequest
from ingest.orders import Asked, Orders
from ingest.plans.resolving import PlanBook
from ingest.providers import PROVIDERS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MADE = {name: kind() for name, kind in PROVIDERS.items()}
ORDERS = Orders(MADE, PlanBook(ready_made_plans()))
WITH: Mapping[str, Mapping[str, Any]] = {
    "whatsapp-sms": {"template": {"name": "hello", "language": "es", "parameters": {"1": "Ana"}}},
    "sms-fail2voice": {"options": {"mensatek": {"remitentevoz": "+34910000000"}}},
}
CHANNELS: Mapping[str, list[tuple[Channel, ...]]] = {
    "viber-sms": [(Channel.VIBER,), (Channel.SMS,)],
    "whatsapp-sms": [(Channel.WHATSAPP,), (Channel.WHATSAPP,), (Channel.SMS,)],
    "sms-voice": [(Channel.SMS,), (Channel.VOICE,)],
    "sms-fail2voice": [(Channel.SMS, Channel.VOICE)],
    "omnichannel": [(Channel.VIBER, Channel.SMS)],
    "sms-sms": [(Channel.SMS,), (Channel.SMS,)],
}


def asked(name: str) -> Asked:
    message = {"to": "+34600000000", "plan": name, "text": "Hola", **WITH.get(name, {})}
    return ORDERS.read(json.dumps(message).encode(), NOON)


def test_all_that_are_promised_are_there() -> None:
    assert list(ready_made_plans()) == list(CHANNELS)


@pytest.mark.parametrize("name", CHANNELS)
def test_each_can_be_sent_by_as_it_is(name: str) -> None:
    plan = asked(name).plan
    assert plan is not None
    assert [step.choices[0].legs or (step.choices[0].order.channel,) for step in plan.steps] == CHANNELS[name]


@pytest.mark.parametrize("name", CHANNELS)
def test_each_begins_with_its_first_step_and_waits_for_none_for_ever(name: str) -> None:
    one = asked(name)
    assert one.plan is not None
    request = MessageRequest(message_id="m", received_at=NOON, order=one.order, plan=one.plan, on_doubt=one.on_doubt)
    [decision] = decide(with_request(None, request, 1), NOON, lambda choices: [1] * len(choices))
    assert isinstance(decision, SendDecision)
    assert (decision.step, decision.order) == (1, one.order)
    assert all(step.ttl_seconds for step in one.plan.steps)


@pytest.mark.parametrize("name", CHANNELS)
def test_each_is_told_in_words_and_leaves_nothing_to_doubt(name: str) -> None:
    body = ready_made_plans()[name]
    lines = list(in_words(body, "EUR"))
    assert body.about
    assert [line[0] for line in lines if line[0].isdigit()] == [str(n) for n, _ in enumerate(body.steps, 1)]
    assert not [*faults(body, MADE), *cautions(body, MADE)]
