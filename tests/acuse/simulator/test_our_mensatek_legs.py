"""Our own client against the simulated Mensatek, where one message has several tellings: certified, or called."""

from datetime import UTC, datetime
from typing import Any

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Send
from delivery.orders import Order, OrderPersonal
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.outbound import HttpAnswer, HttpCall, Sending, Taken, Told
from ingest.providers.mensatek import Mensatek
from tests.acuse.simulator.conftest import Receiver, Simulate, Simulation

PROVIDER = Mensatek()
MESSAGE = "019ab0c0-0000-7000-8000-000000000001"


def account(simulation: Simulation) -> Account:
    credentials = simulation.world.account("mensatek").credentials
    return Account("mensatek", f"{simulation.url}/mensatek", credentials=credentials)


def order(to: str, **options: Any) -> Order:
    personal = OrderPersonal(to=to, sender="ACME", text="Hola, ¿qué tal?", options=options)
    return Order(provider="mensatek", channel=Channel.SMS, personal=personal, country="ES")


async def called(simulation: Simulation, call: HttpCall) -> Any:
    async with Caller(PROVIDER, account(simulation)) as caller:
        return await caller.call(call)


async def sent(simulation: Simulation, wanted: Order) -> Any:
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account(simulation), datetime.now(UTC))
    PROVIDER.check(wanted)
    answer = await called(simulation, PROVIDER.send_call(wanted, sending))
    assert isinstance(answer, HttpAnswer)
    return PROVIDER.read_sent(wanted, sending, answer)


def target(send: Send) -> Target:
    return Target(
        provider=send.provider,
        ref=send.ref,
        channel=send.channel,
        handle=send.handle,
        recipient=send.personal.recipient,
    )


def told_by(receiver: Receiver) -> list[Event]:
    events: list[Event] = []
    for each in receiver.received:
        request = each.webhook()
        hook = Account("mensatek", callback_username="simulator", callback_password="simulated-callback-password")
        assert PROVIDER.verify(request, hook)
        events += PROVIDER.parse(request)
    return events


async def test_a_certified_message(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    wanted = order("+34600009900", certificado=True, contacto="ACME", tipocontrato=18)
    result = await sent(simulation, wanted)
    await receiver.wait_for(6)
    events = told_by(receiver)
    assert {event.ref for event in events} == {result.sends[0].ref}
    answer = await called(simulation, PROVIDER.poll_call(target(result.sends[0]), account(simulation)))
    assert isinstance(PROVIDER.read_polled(target(result.sends[0]), answer), Told)


async def test_a_call_in_the_place_of_an_sms(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    result = await sent(simulation, order("+34600009901", fail2voice=True, remitentevoz="+34910000000"))
    assert isinstance(result, Taken)
    await receiver.wait_for(4)
    assert [event.channel for event in told_by(receiver)] == [Channel.SMS, Channel.SMS, Channel.VOICE, Channel.VOICE]
