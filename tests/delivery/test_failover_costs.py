"""What may still be spent decides who may send, those included who only stand in for others."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from delivery.channels import Channel
from delivery.decisions import EndDecision, SendDecision, Why
from delivery.failover import decide
from delivery.message_states import with_request
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Plan, PlannedStep
from delivery.requests import MessageRequest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def choice(provider: str, weight: int, cost: str | None) -> Choice:
    order = Order(provider=provider, channel=Channel.SMS, personal=OrderPersonal(to="+34600000000", text="Hola"))
    return Choice(order=order, weight=weight, cost=None if cost is None else Decimal(cost))


def decided(maximum: str, *choices: Choice) -> SendDecision | EndDecision:
    plan = Plan(steps=(PlannedStep(choices=choices),), version="1", maximum_cost=Decimal(maximum))
    request = MessageRequest(message_id="m", received_at=NOON, order=choices[0].order, plan=plan)
    [decision] = decide(with_request(None, request, 1), NOON, lambda several: [1] * len(several))
    assert isinstance(decision, SendDecision | EndDecision)
    return decision


@pytest.mark.parametrize(
    ("maximum", "provider"), [("0.09", "dear"), ("0.05", "cheap"), ("0.04", "cheap"), ("0.03", None)]
)
def test_who_stands_in_does_so_for_who_is_too_dear(maximum: str, provider: str | None) -> None:
    decision = decided(maximum, choice("dear", 1, "0.06"), choice("cheap", 0, "0.04"))
    if provider is None:
        assert decision.why is Why.TOO_COSTLY
    else:
        assert isinstance(decision, SendDecision)
        assert decision.order.provider == provider


def test_of_those_with_a_weight_the_affordable_go_first() -> None:
    choices = (choice("dear", 9, "0.06"), choice("fair", 1, "0.04"), choice("cheap", 0, "0.01"))
    decision = decided("0.05", *choices)
    assert isinstance(decision, SendDecision)
    assert decision.order.provider == "fair"
