"""Our clients of Mensatek and enviosms over HTTP, against simulators that share no code with them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from acuse.simulator.accounts import CREDENTIALS
from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Send, Status
from delivery.orders import Order, OrderPersonal, Template
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.caller import Caller
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, Refused, Sending, Taken, Told, Unauthorised
from ingest.providers.enviosms import EnvioSms
from ingest.providers.mensatek import Mensatek
from ingest.providers.mensatek.answers import Resp
from tests.acuse.simulator.conftest import Receiver, Simulate, Simulation

MENSATEK = Mensatek()
ENVIOSMS = EnvioSms()
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
MOBILE = "+34600000001"
DELIVERED = "+34600009900"
UNKNOWN = "+34600009901"
GUIDS = ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "7c9e6679-7425-40de-944b-e07fc1f90ae7")


class Asked:
    """One account at a simulator."""

    def __init__(self, provider: Any, simulation: Simulation, **credentials: str) -> None:
        name = provider.name
        self.provider = provider
        self.account = Account(
            name, base_url=f"{simulation.url}/{name}", credentials=dict(CREDENTIALS[name]) | credentials
        )
        self.sending = Sending(MESSAGE, f"{MESSAGE}.1", self.account, datetime.now(UTC))

    async def answer(self, call: HttpCall) -> HttpAnswer:
        async with Caller(self.provider, self.account) as caller:
            answer = await caller.call(call)
        assert isinstance(answer, HttpAnswer), answer
        return answer

    async def send(self, to: str = MOBILE, text: str | None = "Hola", **more: Any) -> Any:
        personal = {"to": to, "text": text, **more.pop("personal", {})}
        order = Order(
            provider=self.provider.name, channel=Channel.SMS, personal=OrderPersonal(**personal), country="ES", **more
        )
        self.provider.check(order)
        answer = await self.answer(self.provider.send_call(order, self.sending))
        return self.provider.read_sent(order, self.sending, answer)

    async def poll(self, sent: Send) -> Any:
        target = target_of(sent)
        return self.provider.read_polled(target, await self.answer(self.provider.poll_call(target, self.account)))

    async def cancel(self, sent: Send) -> Any:
        target = target_of(sent)
        return self.provider.read_cancelled(target, await self.answer(self.provider.cancel_call(target, self.account)))

    async def operate(self, operation: str, **given: Any) -> Any:
        known = self.provider.operations[operation]
        names = {field.name: field.encode_name for field in msgspec.structs.fields(known.parameters)}
        asked = msgspec.convert({names[name]: value for name, value in given.items()}, known.parameters)
        return known.read(await self.answer(known.call(asked)))


def target_of(sent: Send) -> Target:
    return Target(
        provider=sent.provider,
        ref=sent.ref,
        channel=sent.channel,
        handle=sent.handle,
        recipient=sent.personal.recipient,
    )


def only(result: Any) -> Send:
    assert isinstance(result, Taken), result
    (sent,) = result.sends
    return sent


@pytest.fixture
async def world(simulate: Simulate) -> Simulation:
    return await simulate({"speed": 1000.0, "providers": {"mensatek": {"credit": 40}}})


async def test_a_message_to_mensatek_and_all_its_receipts_are_one_attempt(
    simulate: Simulate,
    receiver: Receiver,
) -> None:
    simulation = await simulate({"speed": 1000.0, "providers": {"mensatek": {"callback_url": receiver.url}}})
    mensatek = Asked(MENSATEK, simulation)
    sent = only(await mensatek.send(DELIVERED, "Año €", personal={"sender": "MIEMPRESA"}))
    (taken,) = await simulation.messages(provider="mensatek")
    assert (taken["recipient"], taken["text"], taken["reference"]) == (DELIVERED, "Año €", f"{MESSAGE}.1")
    told = [event for one in await receiver.wait_for(1) for event in MENSATEK.parse(one.webhook())]
    while not told[-1].final:  # type: ignore[union-attr]
        count = len(told)
        received = await receiver.wait_for(count + 1)
        told = [event for one in received for event in MENSATEK.parse(one.webhook())]
    assert {event.ref for event in told} == {sent.ref}
    assert {event.message_id for event in told} == {MESSAGE}
    polled = await mensatek.poll(sent)
    assert isinstance(polled, Told)
    assert [event.event_id for event in polled.events] == [told[-1].event_id]


async def test_what_is_scheduled_at_mensatek_can_be_put_off_and_taken_back(world: Simulation) -> None:
    mensatek = Asked(MENSATEK, world)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    sent = only(await mensatek.send(send_at=tomorrow))
    assert (sent.stage, sent.scheduled_for) == (Stage.SCHEDULED, tomorrow)
    batch = int(sent.ref.partition(":")[0])
    assert (await mensatek.operate("reschedule", idmensaje=batch, at=(tomorrow + timedelta(days=1)).isoformat()))[
        "result"
    ] == 1
    (status,) = (await mensatek.poll(sent)).events
    assert (status.ref, status.stage) == (sent.ref, Stage.SCHEDULED)
    for _ in range(2):
        (cancelled,) = (await mensatek.cancel(sent)).events
        assert isinstance(cancelled, Status)
        assert (cancelled.ref, cancelled.stage, cancelled.final) == (sent.ref, Stage.CANCELLED, True)
    with pytest.raises(OperationFailed, match="-5"):
        await mensatek.operate("reschedule", idmensaje=batch, at=tomorrow.isoformat())
    at_once = only(await mensatek.send())
    assert isinstance(await mensatek.cancel(at_once), Refused)


async def test_mensatek_takes_every_option(world: Simulation) -> None:
    mensatek = Asked(MENSATEK, world)
    plain = only(await mensatek.send())
    for number, options in enumerate(
        (
            {"variables": ["Ana", "Łódź"]},
            {"fail2voice": True, "lenguajevoz": "es-ES", "remitentevoz": "+34911111111"},
            {"obviarlistanegra": True, "fixutf8": True, "report": False, "unicode": True},
            {"idmensaje": int(plain.ref.partition(":")[0])},
            {"certificado": True, "contacto": "A", "telcontacto": "+34911111111", "cifcontacto": "B0"},
        ),
        start=2,
    ):
        sent = only(await mensatek.send(f"+3460000000{number}", personal={"options": options}))
        assert isinstance(await mensatek.poll(sent), Told) or options.get("certificado")
    twice = await mensatek.send(personal={"options": {"idmensaje": int(plain.ref.partition(":")[0])}})
    assert isinstance(twice, Refused)


async def test_mensatek_refuses_what_it_documents(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 1}}})
    mensatek = Asked(MENSATEK, simulation)
    refused = await mensatek.send(text="x" * 200)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.code) == ("no_credit", "-2")
    assert isinstance(await mensatek.send("+34600009930"), Refused)
    assert isinstance(await Asked(MENSATEK, simulation, api_token="wrong").send(), Unauthorised)


@pytest.mark.parametrize("resp", Resp)
async def test_mensatek_s_functions_read_the_same_in_every_form(world: Simulation, resp: Resp) -> None:
    mensatek = Asked(MENSATEK, world)
    sent = only(await mensatek.send(DELIVERED))
    assert (await mensatek.operate("credit", resp=resp))["credits_left"] == 39
    batch = int(sent.ref.partition(":")[0])
    (row,) = (await mensatek.operate("report", idmensaje=batch, resp=resp))["report"]
    assert row["telefono"] == DELIVERED.removeprefix("+")
    assert set(row) == {"fecha", "tiempo", "telefono", "resultado", "estado"}
    templates = await mensatek.operate("templates", resp=resp)
    assert templates["total"] == len(templates["templates"])
    pdf = base64.b64encode(b"%PDF-1.4\n" + bytes(range(256))).decode()
    for tipo in ("FILES", "BASE64"):
        name = f"{tipo.lower()}.pdf"
        done = await mensatek.operate("upload", nombre=name, contenido=pdf, tipo=tipo, autoborrado=True, resp=resp)
        assert done["name"] == name
    files = (await mensatek.operate("files", resp=resp))["files"]
    assert {file["nombre"].removesuffix(".pdf") for file in files} == {"files", "base64"}
    assert (await mensatek.operate("delete-file", nombre="files.pdf", resp=resp))["result"] == 1
    with pytest.raises(OperationFailed, match="BorrarFichero: -2"):
        await mensatek.operate("delete-file", nombre="files.pdf", resp=resp)
    with pytest.raises(OperationFailed, match="CargarFichero: -11"):
        await mensatek.operate("upload", nombre="program.exe", contenido=pdf, resp=resp)


async def test_enviosms_takes_both_modes(world: Simulation) -> None:
    enviosms = Asked(ENVIOSMS, world)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    direct = only(await enviosms.send("+573001234567", personal={"options": {"flash": True}}))
    journey = only(
        await enviosms.send(
            "+573001234567",
            None,
            personal={"template": Template(name=GUIDS[1], parameters={"a": "b"}), "options": {"journey_id": GUIDS[0]}},
            send_at=tomorrow,
        )
    )
    assert (direct.stage, direct.code) == (Stage.QUEUED, "Queued")
    assert (journey.stage, journey.scheduled_for) == (Stage.SCHEDULED, tomorrow)
    taken = {message["id"] for message in await world.messages(provider="enviosms")}
    assert taken == {direct.ref, journey.ref}
    assert isinstance(await enviosms.send("+573000009930"), Refused)
    assert isinstance(await Asked(ENVIOSMS, world, api_key="wrong").send("+573001234567"), Unauthorised)
