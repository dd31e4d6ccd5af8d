"""What Mensatek reports, as it arrives."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from tests.acuse.simulator.conftest import Received, Receiver, Simulate, until
from tests.acuse.simulator.test_mensatek import ask, order, spanish

CALLED = "+34600009901"


def world(receiver: Receiver, **more: Any) -> dict[str, Any]:
    account = {"callback_url": receiver.url, "callback_username": "hook", "callback_password": "secret", **more}
    return {"speed": 1000.0, "providers": {"mensatek": account}}


def fields(received: Received) -> dict[str, Any]:
    if "json" in received.headers["content-type"]:
        return dict(json.loads(received.body))
    return dict(parse_qsl(received.body.decode()))


async def test_every_change_of_status_is_posted(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    told = await ask(simulation, "EnviarSMS", **order("34600009900", Referenciausuario="ref.1"))
    first, last = map(fields, await receiver.wait_for(2))
    assert set(first) == {
        "Servicio",
        "Resultado",
        "Remitente",
        "Movil",
        "Fecha",
        "Segundos",
        "idMensaje",
        "Referencia",
        "idReport",
    }
    assert first["Resultado"] in ("0", "2", "10", "1000", "1002")
    assert last["Resultado"] in ("11", "13")
    for report in (first, last):
        assert report["Servicio"] == "SMSMASIVO"
        assert report["idMensaje"] == str(told["idMensaje"])
        assert report["Movil"] == "34600009900"
        assert report["Referencia"] == "ref.1"
        assert report["Remitente"] == "MIEMPRESA"
    assert int(last["Segundos"]) >= 1
    assert receiver.received[0].headers["authorization"].startswith("Basic ")
    [message] = await simulation.messages()
    assert (message["reference"], message["stage"], message["seconds"] >= 1) == ("ref.1", "delivered", True)
    assert [callback["taken"] for callback in message["callbacks"]] == [1, 1]


async def test_as_a_form(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver, callback_format="form"))
    await ask(simulation, "EnviarSMS", **order("34600009900"))
    await receiver.wait_for(2)
    assert receiver.received[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert fields(receiver.received[1])["Resultado"] in ("11", "13")


async def test_none_without_report(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    await ask(simulation, "EnviarSMS", **order("34600009900", Report=0))
    await ask(simulation, "EnviarSMS", **order("34600009901", Report=1))
    await receiver.wait_for(2)
    await until(lambda: simulation.world.messages.total == 2)
    assert {fields(each)["Movil"] for each in receiver.received} == {"34600009901"}


async def test_a_scheduled_one_says_so_and_a_cancelled_one_nothing_more(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    in_an_hour = spanish(datetime.now(UTC) + timedelta(hours=1))
    told = await ask(simulation, "EnviarSMS", **order("34600009900", Fecha=in_an_hour))
    await receiver.wait_for(1)
    assert fields(receiver.received[0])["Resultado"] in ("1", "1001")
    await ask(simulation, "CancelarSMS", Idmensaje=told["idMensaje"])
    assert (await simulation.state())["callbacks"]["waiting"] <= 2
    [message] = await simulation.messages()
    assert [callback["tries"] for callback in message["callbacks"]] == [1]


async def test_a_scheduled_one_goes_out_when_it_is_time(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    at = (datetime.now(UTC) + timedelta(minutes=10)).replace(second=0, microsecond=0)
    await ask(simulation, "EnviarSMS", **order("34600009900", Fecha=spanish(at)))
    last = fields((await receiver.wait_for(3))[2])
    assert last["Resultado"] in ("11", "13")
    assert last["Fecha"][:16] >= spanish(at)


async def test_a_rescheduled_one_goes_out_then(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    told = await ask(simulation, "EnviarSMS", **order("34600009900", Fecha="2099-07-01 15:10"))
    at = datetime.now(UTC) + timedelta(minutes=5)
    moved = await ask(simulation, "ReprogramarSMS", Idmensaje=told["idMensaje"], Fecha=spanish(at))
    assert moved["Res"] == 1
    received = [fields(each) for each in await receiver.wait_for(4)]
    assert received[-1]["Resultado"] in ("11", "13")


async def test_a_call_in_the_place_of_a_failed_sms(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    voice = {"Fail2voice": 1, "Remitentevoz": 34910000000, "Lenguajevoz": "es-ES", "Referenciausuario": "ref.1"}
    told = await ask(simulation, "EnviarSMS", **order(CALLED, **voice))
    received = [fields(each) for each in await receiver.wait_for(4)]
    assert [report["Servicio"] for report in received] == ["SMSMASIVO", "SMSMASIVO", "FAIL2VOICE", "FAIL2VOICE"]
    assert {(report["idMensaje"], report["Referencia"]) for report in received} == {(str(told["idMensaje"]), "ref.1")}
    sms, call = await simulation.messages()
    assert (sms["channel"], sms["reason"], call["channel"]) == ("sms", "unknown_number", "voice")
    assert (await simulation.state())["twice"] == []


async def test_what_is_no_mobile_is_called_at_once(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    told = await ask(simulation, "EnviarSMS", **order("34912345678", Fail2voice=1, Remitentevoz=34910000000))
    assert told["Res"] == 1
    [call] = await simulation.messages()
    assert call["channel"] == "voice"
    await receiver.wait_for(1)
    assert fields(receiver.received[0])["Servicio"] == "FAIL2VOICE"


async def test_replies(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    told = await ask(simulation, "EnviarSMS", **order("34600009926", Referenciausuario="ref.1"))
    reply = fields((await receiver.wait_for(3))[2])
    assert set(reply) == {
        "Servicio",
        "timestamp",
        "Fecha",
        "Movil",
        "Remitente",
        "Mensaje",
        "idR",
        "idM",
        "EsCert",
        "Referencia",
    }
    assert reply["Servicio"] == "SMSRECIBIDO"
    assert (reply["Remitente"], reply["Movil"]) == ("34600009926", "34600000000")
    assert (reply["idM"], reply["Referencia"], reply["EsCert"]) == (str(told["idMensaje"]), "ref.1", "false")


async def test_certified_sms_and_contracts(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    await ask(simulation, "EnviarSMSCERTIFICADO", **order("34600009900"))
    codes = [fields(each)["Resultado"] for each in await receiver.wait_for(3)]
    assert codes[1:] == ["13", "14"]
    receiver.received.clear()
    await ask(simulation, "EnviarSMSCERTIFICADO", **order("34600009900", TipoContrato=1))
    codes = [fields(each)["Resultado"] for each in await receiver.wait_for(6)]
    assert codes[1:] == ["13", "14", "15", "16", "17"]
    receiver.received.clear()
    await ask(simulation, "EnviarSMSCERTIFICADO", **order("34600009900", TipoContrato=18))
    await receiver.wait_for(6)
    await until(lambda: fields(receiver.received[-1])["Resultado"] in ("180", "181", "190"))
    assert json.loads(fields(receiver.received[-1])["Variables"])


async def test_an_sms_that_was_called_for_may_come_after_all(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate(world(receiver))
    voice = {"Fail2voice": 1, "Remitentevoz": 34910000000}
    await ask(simulation, "EnviarSMS", **order("34600009922", **voice))
    received = [fields(each) for each in await receiver.wait_for(5)]
    assert Counter(report["Servicio"] for report in received) == {"SMSMASIVO": 3, "FAIL2VOICE": 2}
    assert received[-1]["Resultado"] in ("11", "13")
    assert len({report["idReport"] for report in received}) == 2
    assert [message["leg"] for message in await simulation.messages()] == [0, 1]


async def test_a_call_that_cannot_be_made_is_told_to_have_failed(simulate: Simulate, receiver: Receiver) -> None:
    """Nobody asks who could be refused at once: the SMS was taken."""
    simulation = await simulate({**world(receiver), "mix": {"unknown_number": 1, "refused": 1}})
    for number in range(12):
        await ask(simulation, "EnviarSMS", **order(f"346000100{number:02d}", Fail2voice=1, Remitentevoz=34910000000))
    messages = [message for message in await simulation.messages() if not message["refused"]]
    calls = [message for message in messages if message["channel"] == "voice"]
    assert {call["reason"] for call in calls} == {"unknown_number", "invalid_number"}
    await receiver.wait_for(sum(len(message["callbacks"]) for message in messages))
    assert all(call["callbacks"][-1]["stage"] == "undelivered" for call in calls)


async def test_what_is_tried_again_is_told_as_retrying(simulate: Simulate, receiver: Receiver) -> None:
    simulation = await simulate({**world(receiver), "mix": {"retried": 1}})
    for number in range(12):
        await ask(simulation, "EnviarSMS", **order(f"346000100{number:02d}"))
    codes = {fields(each)["Resultado"] for each in await receiver.wait_for(36)}
    assert codes & {"134", "135", "1003"}
    assert codes >= {"11"} or codes >= {"13"}
