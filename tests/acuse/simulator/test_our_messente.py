"""Our client of Messente over HTTP, against a simulator that shares no code with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from acuse.simulator.accounts import CREDENTIALS
from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Send, Source, Status
from delivery.orders import Order, OrderPersonal
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, NotFound, Refused, Sending, Taken, Told, Unauthorised, Unclear
from ingest.providers.messente import Messente
from tests.acuse.simulator.conftest import Received, Receiver, Simulate, Simulation
from tests.ingest.providers.golden import cases, order_of

PROVIDER = Messente()
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
FAST = {"speed": 1000.0, "delivery": {"median_seconds": 3.0, "spread": 0.0, "off_share": 0.0}}
DELIVERED = "+34600009900"
NOT_ON_CHANNEL = "+34600001234"


class Asked:
    """The account at the simulator."""

    def __init__(self, simulation: Simulation, callback_url: str = "", **credentials: str) -> None:
        self.account = Account(
            "messente",
            base_url=f"{simulation.url}/messente",
            callback_url=callback_url,
            callback_username="us er",
            callback_password="p@ss:w/rd",
            credentials=dict(CREDENTIALS["messente"]) | credentials,
        )
        self.sending = Sending(MESSAGE, f"{MESSAGE}.2", self.account, datetime.now(UTC))

    async def answer(self, call: HttpCall) -> HttpAnswer:
        async with Caller(PROVIDER, self.account) as caller:
            answer = await caller.call(call)
        assert isinstance(answer, HttpAnswer), answer
        return answer

    async def send(self, order: Order) -> Any:
        PROVIDER.check(order)
        return PROVIDER.read_sent(order, self.sending, await self.answer(PROVIDER.send_call(order, self.sending)))

    async def poll(self, sent: Send) -> Any:
        return PROVIDER.read_polled(target(sent), await self.answer(PROVIDER.poll_call(target(sent), self.account)))

    async def cancel(self, sent: Send) -> Any:
        call = PROVIDER.cancel_call(target(sent), self.account)
        return PROVIDER.read_cancelled(target(sent), await self.answer(call))

    def told(self, received: list[Received]) -> list[Event]:
        """The events of callbacks, each of which must prove itself."""
        requests = [each.webhook() for each in received]
        assert all(PROVIDER.verify(request, self.account) for request in requests)
        return [event for request in requests for event in PROVIDER.parse(request)]


def target(sent: Send) -> Target:
    return Target(provider=sent.provider, ref=sent.ref, channel=sent.channel, handle=sent.handle)


def order(to: str = DELIVERED, channel: Channel = Channel.SMS, **more: Any) -> Order:
    personal = {"text": "Hola", **more.pop("personal", {})}
    return Order(provider="messente", channel=channel, personal=OrderPersonal(to=to, **personal), country="ES", **more)


def stages(events: list[Event], ref: str) -> list[Stage]:
    return [event.stage for event in events if isinstance(event, Status) and event.ref == ref]


def every_parameter() -> list[tuple[str, Order]]:
    return [(case["name"], order_of(case)) for case in cases("messente", "sends")]


async def test_every_parameter_is_taken(simulate: Simulate) -> None:
    simulation = await simulate(FAST)
    asked = Asked(simulation, "https://hooks.example.com/webhooks/messente")
    for name, wanted in every_parameter():
        later = datetime.now(UTC) + timedelta(days=1) if wanted.send_at else None
        result = await asked.send(msgspec.structs.replace(wanted, send_at=later))
        assert isinstance(result, Taken), f"{name}: {result}"
        assert result.sends[0].stage is (Stage.SCHEDULED if later else Stage.QUEUED), name
    taken = await simulation.messages(provider="messente")
    assert {message["reference"] for message in taken} == {f"{MESSAGE}.2"}


async def test_a_message_its_reports_and_a_poll_are_one_attempt(simulate: Simulate, receiver: Receiver) -> None:
    asked = Asked(await simulate(FAST), f"{receiver.url}/messente")
    (sent,) = (await asked.send(order())).sends
    told = asked.told(await receiver.wait_for(2))
    assert {(event.ref, event.handle, event.message_id) for event in told} == {(sent.ref, sent.handle, MESSAGE)}
    assert stages(told, sent.ref) == [Stage.SENT, Stage.DELIVERED]
    polled = await asked.poll(sent)
    assert [(event.event_id, event.source) for event in polled.events] == [(told[-1].event_id, Source.POLL)]


async def test_failover_is_followed_leg_by_leg(simulate: Simulate, receiver: Receiver) -> None:
    asked = Asked(await simulate({**FAST, "numbers": {NOT_ON_CHANNEL: {"ending": "not_on_channel"}}}), receiver.url)
    legs = {"options": {"legs": [{"channel": "sms", "text": "Hola por SMS"}]}}
    first, second = (await asked.send(order(NOT_ON_CHANNEL, Channel.VIBER, personal=legs, ttl_seconds=600))).sends
    assert (first.stage, second.stage) == (Stage.QUEUED, Stage.SCHEDULED)
    told = asked.told(await receiver.wait_for(4))
    assert stages(told, first.ref) == stages(told, second.ref) == [Stage.SENT, Stage.UNDELIVERED]
    assert {event.channel for event in told if event.ref == second.ref} == {Channel.SMS}
    assert {event.message_id for event in told} == {MESSAGE}
    polled = await asked.poll(second)
    assert {event.event_id for event in polled.events} <= {event.event_id for event in told}
    assert {event.ref for event in polled.events} == {first.ref, second.ref}


async def test_a_leg_that_waits_is_no_news(simulate: Simulate) -> None:
    asked = Asked(await simulate({"speed": 0.001}))
    legs = {"options": {"legs": [{"channel": "sms", "text": "Hola por SMS"}]}}
    first, _ = (await asked.send(order(channel=Channel.VIBER, personal=legs))).sends
    assert await asked.poll(first) == Told([])


async def test_what_is_scheduled_is_taken_back_with_all_of_its_legs(simulate: Simulate) -> None:
    asked = Asked(await simulate(FAST))
    legs = {"options": {"legs": [{"channel": "sms", "text": "Hola"}]}}
    wanted = order(channel=Channel.VIBER, personal=legs, send_at=datetime.now(UTC) + timedelta(days=1))
    first, second = (await asked.send(wanted)).sends
    (status,) = (await asked.cancel(first)).events
    assert (status.ref, status.stage) == (first.ref, Stage.CANCELLED)
    assert isinstance(await asked.cancel(second), Refused)
    assert [event.stage for event in (await asked.poll(first)).events] == [Stage.CANCELLED]
    (gone,) = (await asked.send(order())).sends
    assert isinstance(await asked.cancel(gone), Refused)


async def test_what_messente_refuses(simulate: Simulate) -> None:
    simulation = await simulate(FAST)
    asked = Asked(simulation)
    refused = await asked.send(order("+34600009930"))
    assert (refused.reason, refused.code) == (Reason.INVALID_NUMBER, "105")
    assert isinstance(await Asked(simulation, password="wrong").send(order()), Unauthorised)
    unknown = Send(**{**msgspec.structs.asdict((await asked.send(order())).sends[0]), "handle": MESSAGE})
    assert isinstance(await asked.poll(unknown), NotFound)
    for option, outcome in (("forbidden", Unauthorised), ("broken", Unclear)):
        await simulation.change({"providers": {"messente": {"options": {option: True}}}})
        assert isinstance(await asked.send(order()), outcome)
        await simulation.change({"providers": {"messente": {"options": {option: False}}}})


async def test_operations(simulate: Simulate) -> None:
    asked = Asked(await simulate(FAST))
    (sent,) = (await asked.send(order(send_at=datetime.now(UTC) + timedelta(days=1)))).sends
    operations = PROVIDER.operations
    for name, expected in (("status", sent.handle), ("cancel", None)):
        operation = operations[name]
        call = operation.call(operation.parameters(omnimessage_id=sent.handle))
        assert operation.read(await asked.answer(call)).get("omnimessage_id") == expected
    with pytest.raises(OperationFailed, match="101"):
        operation.read(await asked.answer(call))
