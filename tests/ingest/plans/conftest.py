"""Plans read for the providers as they are, with prices for some of what they do."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from delivery.channels import Channel
from ingest.orders import Asked, Orders
from ingest.plans.prices import Prices
from ingest.plans.reading import read_plan
from ingest.plans.resolving import PlanBook
from ingest.providers import PROVIDERS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRICES = Prices(
    {
        "messente": {
            Channel.SMS: {"default": Decimal("0.06"), "ES": Decimal("0.05")},
            Channel.VIBER: {"default": Decimal("0.02")},
        },
        "mensatek": {Channel.SMS: {"ES": Decimal("0.04")}, Channel.VOICE: {"ES": Decimal("0.11")}},
    },
    currency="EUR",
)
NAMED = {
    "viber-sms": {
        "steps": [
            {"channel": "viber", "provider": "messente", "ttl": 120},
            {"channel": "sms", "provider": "messente", "text": "By SMS, then"},
        ]
    }
}

Read = Callable[..., Asked]


@pytest.fixture(scope="session")
def orders() -> Orders:
    plans = {name: read_plan(plan) for name, plan in NAMED.items()}
    return Orders({name: kind() for name, kind in PROVIDERS.items()}, PlanBook(plans, PRICES))


@pytest.fixture
def read(orders: Orders) -> Read:
    """A message as it would be asked for, to a Spanish mobile unless it says otherwise."""

    def read(**message: object) -> Asked:
        body = {"to": "+34600000000", "text": "Hola", **message}
        return orders.read(json.dumps(body).encode(), NOW)

    return read
