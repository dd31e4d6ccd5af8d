"""A provider that hangs, resets, breaks off or answers with something else, whichever it is: registry in.

What a send comes to then says whether the provider can have it; the simulator knows whether it has.
"""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from acuse.simulator.accounts import CREDENTIALS
from acuse.simulator.app import SIMULATORS
from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal, Template, Voice
from ingest.accounts import Account
from ingest.caller import Caller, CallLimits
from ingest.outbound import Busy, HttpAnswer, Sending, Taken, Unclear
from ingest.provider import SendsMessages
from ingest.providers import PROVIDERS
from ingest.unsendable import Unsendable
from tests.acuse.simulator.conftest import Simulate, Simulation

MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
LIMITS = CallLimits()
HASTY = CallLimits(read_seconds=1.0, total_seconds=1.5)
HANGING = {"9944", "9945"}
WORLD = {"http": {"hang_seconds": 5.0}}
WILLING = {"options": {"open_window": True, "any_template": True}}
"""For the simulators that mind what may be said to whom."""
BOTH = [name for name, made in PROVIDERS.items() if name in SIMULATORS and isinstance(made(), SendsMessages)]
FAULTS = {
    "9940": (Busy, False),
    "9941": (Unclear, False),
    "9942": (Unclear, True),
    "9943": (Busy, False),
    "9944": (Unclear, False),
    "9945": (Unclear, True),
    "9946": (Unclear, False),
    "9947": (Unclear, True),
    "9948": (Unclear, False),
    "9949": (Unclear, True),
    "9950": (Unclear, False),
    "9951": (Unclear, True),
}
"""By the last digits of a number: what our client makes of the fault, and whether the provider took it all the same."""


CONTENTS: tuple[dict[str, Any], ...] = (
    {"text": "Hola"},
    {"template": Template(name="otp", language="es")},
    {"voice": Voice(text="Hola", language="es-ES")},
)


def sendable(provider: Any, to: str) -> Order:
    """The first order to the number that the provider can be given."""
    channels = [channel for channel in Channel if channel in provider.sends_on]
    for channel, content, sender in product(channels, CONTENTS, ("+34911111111", None)):
        personal = OrderPersonal(to=to, sender=sender, **content)
        order = Order(provider=provider.name, channel=channel, personal=personal, country="ES")
        try:
            provider.check(order)
        except Unsendable:
            continue
        return order
    pytest.fail(f"none of these orders can be given to {provider.name}")


class Asked:
    def __init__(self, name: str, simulation: Simulation) -> None:
        self.provider: Any = PROVIDERS[name]()
        url = f"{simulation.url}/{name}"
        self.sending = Sending(
            MESSAGE, f"{MESSAGE}.1", Account(name, base_url=url, credentials=CREDENTIALS[name]), datetime.now(UTC)
        )

    async def send(self, to: str) -> object:
        order = sendable(self.provider, to)
        limits = HASTY if to[-4:] in HANGING else LIMITS
        async with Caller(self.provider, self.sending.account, limits) as caller:
            outcome = await caller.call(self.provider.send_call(order, self.sending))
        if not isinstance(outcome, HttpAnswer):
            return outcome
        return self.provider.read_sent(order, self.sending, outcome)


@pytest.mark.parametrize("name", BOTH)
async def test_what_a_fault_leaves_open_is_said_to_be_open(name: str, simulate: Simulate) -> None:
    simulation = await simulate({**WORLD, "providers": {name: WILLING}})
    asked = Asked(name, simulation)
    for digits, (outcome, was_taken) in FAULTS.items():
        to = f"+3460000{digits}"
        result = await asked.send(to)
        assert isinstance(result, outcome), f"{digits}: {result}"
        taken = [message for message in await simulation.messages(provider=name) if message["recipient"] == to]
        assert len(taken) is int(was_taken), digits
        assert not isinstance(result, Taken)
