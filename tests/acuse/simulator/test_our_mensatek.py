"""Our own client against the simulated Mensatek: what it sends is taken, and what comes back is understood."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Send, Status
from delivery.orders import Order, OrderPersonal
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.operations import OperationFailed
from ingest.outbound import Busy, HttpAnswer, HttpCall, Refused, Sending, Taken, Told, Unauthorised, Unclear
from ingest.providers.mensatek import Mensatek
from ingest.providers.mensatek.answers import Resp
from ingest.providers.mensatek.operations import OPERATIONS
from ingest.webhook import WebhookRequest
from tests.acuse.simulator.conftest import Receiver, Simulate, Simulation

PROVIDER = Mensatek()
MESSAGE = "019ab0c0-0000-7000-8000-000000000001"


def account(simulation: Simulation, **credentials: str) -> Account:
    own = simulation.world.account("mensatek").credentials
    return Account("mensatek", f"{simulation.url}/mensatek", credentials={**own, **credentials})


def order(to: str, **more: Any) -> Order:
    personal = OrderPersonal(to=to, sender="ACME", text="Hola, ¿qué tal?", options=more.pop("options", {}))
    return Order(provider="mensatek", channel=Channel.SMS, personal=personal, country="ES", **more)


async def called(simulation: Simulation, call: HttpCall, **credentials: str) -> Any:
    async with Caller(PROVIDER, account(simulation, **credentials)) as caller:
        return await caller.call(call)


async def sent(simulation: Simulation, wanted: Order, **credentials: str) -> Any:
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account(simulation), datetime.now(UTC))
    PROVIDER.check(wanted)
    answer = await called(simulation, PROVIDER.send_call(wanted, sending), **credentials)
    return PROVIDER.read_sent(wanted, sending, answer) if isinstance(answer, HttpAnswer) else answer


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
        request = WebhookRequest(
            method=each.method,
            path="/webhooks/mensatek",
            query=each.query,
            headers=each.headers,
            content_type=each.headers["content-type"],
            body=each.body,
            received_at=datetime.now(UTC),
        )
        hook = Account("mensatek", callback_username="simulator", callback_password="simulated-callback-password")
        assert PROVIDER.verify(request, hook)
        events += PROVIDER.parse(request)
    return events


async def test_webhooks_and_polls_tell_of_the_send(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    result = await sent(simulation, order("+34600009900"))
    assert isinstance(result, Taken)
    [send] = result.sends
    await receiver.wait_for(2)
    events = told_by(receiver)
    assert [(event.ref, event.message_id) for event in events] == [(send.ref, MESSAGE)] * 2
    last = events[-1]
    assert isinstance(last, Status)
    assert (last.stage, last.final) == (Stage.DELIVERED, True)
    answer = await called(simulation, PROVIDER.poll_call(target(send), account(simulation)))
    polled = PROVIDER.read_polled(target(send), answer)
    assert isinstance(polled, Told)
    assert [event.event_id for event in polled.events] == [last.event_id]


async def test_a_scheduled_message_is_taken_back(simulate: Simulate) -> None:
    simulation = await simulate()
    result = await sent(simulation, order("+34600000001", send_at=datetime.now(UTC) + timedelta(hours=1)))
    assert isinstance(result, Taken)
    [send] = result.sends
    assert send.stage is Stage.SCHEDULED
    for _ in range(2):
        answer = await called(simulation, PROVIDER.cancel_call(target(send), account(simulation)))
        cancelled = PROVIDER.read_cancelled(target(send), answer)
        assert isinstance(cancelled, Told)
    [message] = await simulation.messages()
    assert message["cancelled_at"]
    assert message["reference"] == f"{MESSAGE}.1"


async def test_refusals_are_understood(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 0}}})
    broke = await sent(simulation, order("+34600000001"))
    assert isinstance(broke, Refused)
    assert broke.reason is Reason.NO_CREDIT
    await simulation.change({"providers": {"mensatek": {"credit": 10}}})
    assert isinstance(await sent(simulation, order("+34600000001"), api_token="other"), Unauthorised)
    assert isinstance(await sent(simulation, order("+34600009930")), Refused)


async def test_faults_are_understood(simulate: Simulate) -> None:
    simulation = await simulate()
    results = await asyncio.gather(
        *(sent(simulation, order(f"+3460000{digits}")) for digits in range(9940, 9952) if digits not in (9944, 9945))
    )
    kinds = [type(result) for result in results]
    assert kinds == [Busy, Unclear, Unclear, Busy, *[Unclear] * 6]


@pytest.mark.parametrize("resp", ["JSON", "TXT", "XML"])
async def test_operations_in_every_form(simulate: Simulate, resp: str) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 12.5}}})
    result = await sent(simulation, order("+34600000001", send_at=datetime.now(UTC) + timedelta(hours=1)))
    batch = int(result.sends[0].ref.partition(":")[0])

    async def done(name: str, **said: Any) -> Any:
        operation = OPERATIONS[name]
        asked = operation.parameters(resp=Resp(resp), **said)
        return operation.read(await called(simulation, operation.call(asked)))

    assert (await done("credit"))["credits_left"] == 11.5
    assert (await done("templates"))["templates"]["Aviso"] == "Su pedido está en camino."
    assert (await done("report", idmensaje=batch))["report"][0]["telefono"] == "34600000001"
    later = datetime.now(UTC) + timedelta(days=2)
    assert (await done("reschedule", idmensaje=batch, at=later))["result"] == 1
    for name, tipo in (("uno.pdf", "FILES"), ("dos.pdf", "BASE64")):
        assert (await done("upload", nombre=name, contenido=b"%PDF-1.4", tipo=tipo))["name"] == name
    assert [file["nombre"] for file in (await done("files"))["files"]] == ["uno.pdf", "dos.pdf"]
    assert (await done("delete-file", nombre="uno.pdf"))["result"] == 1
    with pytest.raises(OperationFailed):
        await done("delete-file", nombre="uno.pdf")


async def test_a_certified_message(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    wanted = order("+34600009900", options={"certificado": True, "contacto": "ACME", "tipocontrato": 18})
    result = await sent(simulation, wanted)
    await receiver.wait_for(6)
    events = told_by(receiver)
    assert {event.ref for event in events} == {result.sends[0].ref}
    answer = await called(simulation, PROVIDER.poll_call(target(result.sends[0]), account(simulation)))
    assert isinstance(PROVIDER.read_polled(target(result.sends[0]), answer), Told)


async def test_a_call_in_the_place_of_an_sms(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    result = await sent(simulation, order("+34600009901", options={"fail2voice": True, "remitentevoz": "+34910000000"}))
    assert isinstance(result, Taken)
    await receiver.wait_for(4)
    assert [event.channel for event in told_by(receiver)] == [Channel.SMS, Channel.SMS, Channel.VOICE, Channel.VOICE]
