"""What our dispatcher makes of providers that fail, over HTTP against the simulators of all of them."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from acuse.simulator.accounts import CREDENTIALS
from delivery.channels import Channel
from delivery.decisions import SendDecision, Why, send_id
from delivery.orders import Order, OrderPersonal, Template
from ingest.accounts import Account
from ingest.dispatch.config import BreakerConfig, DispatchConfig, RetryConfig
from ingest.dispatch.dispatcher import Dispatcher
from ingest.providers import PROVIDERS
from tests.acuse.simulator.conftest import Simulate, Simulation
from tests.ingest.dispatch.conftest import HASTY, World, until, watched
from tests.ingest.dispatch.toy import ToyServer

WRONG = "of nobody"
OUTAGE_SECONDS = 5
TAKEN = {"9942", "9945", "9947", "9949", "9951"}
NOT_TAKEN = {"9941", "9944", "9946", "9948", "9950"}
"""Numbers whose first request fails so that nobody can tell whether it was taken."""


def sends(provider: str, to: str) -> SendDecision:
    message_id = str(uuid.uuid4())
    personal = OrderPersonal(to=to, text="Su cita", sender="ACUSE" if provider in ("mensatek", "messente") else None)
    channel = Channel.SMS
    if provider == "ainumber":
        template = Template(name="otp", language="es", parameters={"code": to})
        personal, channel = OrderPersonal(to=to, template=template), Channel.WHATSAPP
    return SendDecision(
        decision_id=send_id(message_id, 1),
        message_id=message_id,
        decided_at=datetime.now(UTC),
        why=Why.REQUESTED,
        step=1,
        order=Order(provider=provider, channel=channel, personal=personal, country="ES"),
    )


class Ground(World):
    """Dispatchers of the real providers' code, and the simulators that they call."""

    simulation: Simulation

    @asynccontextmanager
    async def calling(self, credentials: Mapping[str, str] = {}, **changes: Any) -> AsyncIterator[Dispatcher]:
        accounts = {
            name: Account(name, base_url=f"{self.simulation.url}/{name}", credentials={**own, **credentials})
            for name, own in CREDENTIALS.items()
        }
        config: DispatchConfig = replace(self.config(), accounts=accounts, **changes)
        dispatcher = Dispatcher(config, PROVIDERS)
        running = asyncio.create_task(dispatcher.run())
        try:
            await until(lambda: not dispatcher.ready() or running.done())
            yield dispatcher
        finally:
            dispatcher.stop()
            async with asyncio.timeout(60):
                await running

    async def taken(self) -> Counter[tuple[str, str]]:
        return Counter((one["provider"], one["recipient"]) for one in await self.simulation.messages())

    async def requests(self, provider: str = "") -> list[dict[str, Any]]:
        """But for the lists that are asked for."""
        answer = await self.simulation.http.get("/_simulator/requests", params={"provider": provider})
        return [request for request in answer.json()["requests"] if request["method"] == "POST"]


@pytest.fixture
async def ground(broker, simulate: Simulate) -> AsyncIterator[Ground]:
    async with watched(Ground, broker.bootstrap_servers, ToyServer()) as ground:
        ground.simulation = await simulate({"mix": {"delivered": 1}, "replies": 0})
        yield ground


def one_each(ending: str, count: int = 1) -> list[SendDecision]:
    return [sends(provider, f"+3460{number:03d}{ending}") for provider in CREDENTIALS for number in range(count)]


async def test_an_outage_is_waited_for_and_nothing_is_sent_twice(ground: Ground) -> None:
    many = one_each("0001", count=6)
    await ground.simulation.change({"http": {"unavailable": 1, "retry_after_seconds": 1}})
    retry = RetryConfig(tries=200, first_seconds=0.5, limit_seconds=2, give_up_seconds=600)
    async with ground.calling(retry=retry):
        began = time.monotonic()
        await ground.decide(*many)
        async with asyncio.timeout(60):
            while {request["provider"] for request in await ground.requests()} != set(CREDENTIALS):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await asyncio.sleep(OUTAGE_SECONDS)  # the outage itself, and not a wait for anything
        asked = Counter(request["provider"] for request in await ground.requests())
        seconds = time.monotonic() - began
        assert not await ground.taken()
        await ground.simulation.change({"http": {"unavailable": 0}})
        await ground.concluded(*many)
    assert max(asked.values()) <= 6 * (seconds + 1), "more often than each message once a second"
    assert await ground.taken() == {(one.order.provider, one.order.personal.to): 1 for one in many}
    assert {ground.shape(one)[-1] for one in many} == {"taken"}


async def test_refused_credentials_pause_an_account_until_they_are_corrected(ground: Ground) -> None:
    many = one_each("0002", count=4)
    wrong = {field: WRONG for own in CREDENTIALS.values() for field in own}
    async with ground.calling(wrong, breaker=BreakerConfig(pause_seconds=600)) as dispatcher:
        await ground.decide(*many)
        await until(lambda: len(dispatcher.notes()) == len(CREDENTIALS))
        await asyncio.sleep(1)  # in which nobody is to be asked again
        assert all("credentials" in note for note in dispatcher.notes().values())
        asked = Counter(request["provider"] for request in await ground.requests())
        assert set(asked) <= set(CREDENTIALS)
        assert max(asked.values()) == 1
    async with ground.calling():
        await ground.concluded(*many)
    assert await ground.taken() == {(one.order.provider, one.order.personal.to): 1 for one in many}


async def test_retry_after_is_kept(ground: Ground) -> None:
    await ground.simulation.change({"http": {"retry_after_seconds": 2}})
    busy = [sends(provider, "+34600009940") for provider in CREDENTIALS]
    async with ground.calling():
        await ground.decide(*busy)
        await ground.concluded(*busy)
    for one in busy:
        first, second = await ground.requests(one.order.provider)
        passed = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
        assert (first["status"], second["status"] < 300) == (429, True)
        assert passed.total_seconds() >= 2
        assert ground.shape(one) == ["Calling", "released", "Calling", "taken"]


async def test_what_had_no_clear_answer_is_in_doubt_and_asked_for_once(ground: Ground) -> None:
    doubts = [sends(name, f"+3460000{ending}") for name in CREDENTIALS for ending in sorted(TAKEN | NOT_TAKEN)]
    async with ground.calling(**HASTY):
        await ground.decide(*doubts)
        await ground.concluded(*doubts)
        looked_up = [one for one in doubts if one.order.provider == "ainumber" and one.order.personal.to[-4:] in TAKEN]
        await until(lambda: all(ground.shape(one)[-1] == "taken" for one in looked_up))
    for one in doubts:
        found = ["taken"] if one in looked_up else []
        assert ground.shape(one) == ["Calling", "InDoubt", *found], (one.order.provider, one.order.personal.to)
    was_taken = [one for one in doubts if one.order.personal.to[-4:] in TAKEN]
    assert await ground.taken() == {(one.order.provider, one.order.personal.to): 1 for one in was_taken}
    assert len(await ground.requests()) == len(doubts)
