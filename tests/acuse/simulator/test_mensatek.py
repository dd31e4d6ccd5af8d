"""The Mensatek simulator, held against its document: every function and every result."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from tests.acuse.simulator.conftest import Simulate, Simulation

USER = "simulated-user"
TOKEN = "simulated-token"
MOBILE = "34600000001"
DELIVERED = "34600009900"
UNKNOWN = "34600009901"
LANDLINE = "34912345678"
FAST = {"speed": 1000.0}


async def ask(simulation: Simulation, function: str, **parameters: Any) -> dict[str, Any]:
    """One call as JSON; the one object of its answer."""
    answer = await simulation.http.post(
        f"/mensatek/{function}", json={"Resp": "JSON", **parameters}, auth=(USER, TOKEN)
    )
    assert answer.status_code == 200, answer.text
    [members] = answer.json()
    return dict(members)


def order(*numbers: str, **more: Any) -> dict[str, Any]:
    recipients = [{"Movil": number} for number in numbers or (MOBILE,)]
    return {"Remitente": "MIEMPRESA", "Destinatarios": recipients, "Mensaje": "Hola", **more}


def spanish(at: datetime) -> str:
    return at.astimezone(ZoneInfo("Europe/Madrid")).strftime("%Y-%m-%d %H:%M")


def tomorrow() -> str:
    return spanish(datetime.now(UTC) + timedelta(days=1))


async def test_sends_and_tells_what_it_cost(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 10}}})
    told = await ask(simulation, "EnviarSMS", **order("34600000001", "34600000002", Mensaje="x" * 161))
    assert told["idMensaje"] == told["Msgid"]
    del told["idMensaje"], told["Msgid"]
    assert told == {
        "Res": 2,
        "Destinatarios": 2,
        "Mensajes": 4,
        "NoEnviados": 0,
        "CreditosUsados": 4,
        "Cred": 6,
    }


async def test_recipients_that_are_wrong_or_twice_there_are_not_sent(simulate: Simulate) -> None:
    simulation = await simulate()
    numbers = ("34600000001", "+34600000001", "0034600000001", "600000001", "34600000002", "12", "34600009930")
    told = await ask(simulation, "EnviarSMS", **order(*numbers))
    assert (told["Res"], told["NoEnviados"], told["Destinatarios"], told["CreditosUsados"]) == (2, 5, 7, 2)
    again = await ask(simulation, "EnviarSMS", **order("34600000001", "34600000003", Idmensaje=told["idMensaje"]))
    assert (again["Res"], again["NoEnviados"], again["idMensaje"]) == (1, 1, told["idMensaje"])


async def test_a_group_keeps_its_sender(simulate: Simulate) -> None:
    simulation = await simulate()
    told = await ask(simulation, "EnviarSMS", **order("34600000001"))
    await ask(simulation, "EnviarSMS", **order("34600000002", Remitente="OTRA", Idmensaje=told["idMensaje"]))
    assert {message["sender"] for message in await simulation.messages()} == {"MIEMPRESA"}


async def test_variables_and_characters(simulate: Simulate) -> None:
    simulation = await simulate()
    recipients = [
        {"Movil": "34600000001", "Variable_1": "Ana"},
        {"Movil": "34600000002", "Variable_1": "José", "Variable_10": "10 €"},
    ]
    asked = order(Destinatarios=recipients, Mensaje="¡Hola (Variable_1)! [variable_10]")
    await ask(simulation, "EnviarSMS", **asked)
    assert [message["text"] for message in await simulation.messages()] == ["¡Hola Ana! ", "¡Hola José! 10 €"]
    told = await ask(simulation, "EnviarSMS", **order("34600000003", Mensaje="acción 😀"))
    assert told["Mensajes"] == 1
    await ask(simulation, "EnviarSMS", **order("34600000004", Mensaje="acción 😀", Unicode=1))
    assert [message["text"] for message in await simulation.messages()][2:] == ["accion ?", "acción 😀"]


@pytest.mark.parametrize(
    ("text", "unicode", "parts"),
    [
        ("x" * 160, 0, 1),
        ("x" * 161, 0, 2),
        ("€" * 80, 0, 1),
        ("€" * 81, 0, 2),
        ("x" * 70, 1, 1),
        ("x" * 71, 1, 2),
        ("😀" * 35, 1, 1),
        ("😀" * 36, 1, 2),
    ],
)
async def test_counts_parts(simulate: Simulate, text: str, unicode: int, parts: int) -> None:
    simulation = await simulate()
    told = await ask(simulation, "EnviarSMS", **order(Mensaje=text, Unicode=unicode))
    assert told["Mensajes"] == parts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Remitente": None}, "Remitente"),
        ({"Destinatarios": None}, "Destinatarios"),
        ({"Mensaje": ""}, "Mensaje"),
        ({"Destinatarios": "34600000001"}, "Destinatarios"),
        ({"Destinatarios": []}, "Destinatarios"),
        ({"Destinatarios": [{"Movil": "x"}, 3]}, "Destinatarios"),
        ({"Destinatarios": [{"Movil": LANDLINE}]}, "Destinatarios"),
        ({"Remitente": "DOCECARACTER"}, "Remitente"),
        ({"Remitente": "1234567890123456"}, "Remitente"),
        ({"Fecha": "mañana"}, "Fecha"),
        ({"Fecha": "2022-13-01 10:00"}, "Fecha"),
        ({"Fecha": "2022-10-01 15:10"}, "Fecha"),
        ({"Idmensaje": 5}, "Idmensaje"),
        ({"Idmensaje": "abc"}, "Idmensaje"),
        ({"Fail2voice": 1}, "Remitentevoz"),
        ({"Fail2voice": 1, "Remitentevoz": "34910000000", "Lenguajevoz": "klingon"}, "Lenguajevoz"),
    ],
)
async def test_refuses_and_says_what_is_wrong(simulate: Simulate, change: dict[str, Any], said: str) -> None:
    simulation = await simulate()
    told = await ask(simulation, "EnviarSMS", **{**order(), **change})
    assert told["Res"] == -3
    assert said in told["Error"]
    assert await simulation.messages() == []


async def test_an_empty_sender_is_the_accounts_own(simulate: Simulate) -> None:
    simulation = await simulate()
    assert (await ask(simulation, "EnviarSMS", **order(Remitente="")))["Res"] == 1


async def test_credit_runs_out(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 1.5}}})
    told = await ask(simulation, "EnviarSMS", **order("34600000001", "34600000002"))
    assert told == {"Res": -2, "CreditosNecesarios": 2, "Cred": 1.5}
    assert await ask(simulation, "GetCreditos") == {"Res": 1, "Cred": 1.5}
    assert await simulation.messages() == []


async def test_parameters_in_any_case_as_json_form_or_query(simulate: Simulate) -> None:
    simulation = await simulate()
    recipients = json.dumps([{"movil": MOBILE}])
    asked = {"REMITENTE": "A", "destinatarios": recipients, "mensaje": "Hola", "resp": "json"}
    auth = (USER, TOKEN)
    for request in (
        {"json": asked},
        {"data": asked},
        {"params": asked},
        {"params": {**asked, "MENSAJE": "overridden"}, "json": {"mensaje": "Hola"}},
        {"content": urlencode(asked), "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"content": json.dumps(asked)},
    ):
        answer = await simulation.http.post("/mensatek/v7/ENVIARSMS", auth=auth, **request)
        assert answer.json()[0]["Res"] == 1, request
    assert {message["text"] for message in await simulation.messages()} == {"Hola"}


async def test_answers_as_asked(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"options": {"spam_limit": 100}}}})

    async def raw(function: str, form: str | None, **asked: Any) -> str:
        parameters = {**asked, **({"Resp": form} if form else {})}
        answer = await simulation.http.post(f"/mensatek/{function}", json=parameters, auth=(USER, TOKEN))
        return str(answer.text)

    text = dict(line.split(":", 1) for line in (await raw("EnviarSMS", "TXT", **order())).splitlines())
    assert text["Res"] == "1"
    assert text["NoEnviados"] == "0"
    old = dict(line.split(":", 1) for line in (await raw("EnviarSMS", None, **order())).splitlines())
    assert set(old) == {"Res", "Msgid", "Cred"}
    members = ET.fromstring(await raw("EnviarSMS", "XML", **order()))  # noqa: S314 - our own
    assert members.findtext("Res") == "1"
    batch = members.findtext("idMensaje")
    report = ET.fromstring(await raw("GetReportSMS", "xml", Idmensaje=batch))  # noqa: S314 - our own
    assert report.findtext("Informe/registro/Telefono") == MOBILE
    assert "Telefono" in await raw("GetReportSMS", "TXT", Idmensaje=batch)
    templates = ET.fromstring(await raw("GetPlantillasSMS", "XML"))  # noqa: S314 - our own
    assert len(templates.findall("Plantillas/plantilla")) == int(templates.findtext("Total") or 0) > 0
    await simulation.change({"providers": {"mensatek": {"options": {"json": "object"}}}})
    assert json.loads(await raw("GetCreditos", "JSON"))["Res"] == 1


async def test_schedules_by_spanish_clocks(simulate: Simulate) -> None:
    simulation = await simulate()
    told = await ask(simulation, "EnviarSMS", **order(Fecha="2099-07-01 15:10"))
    [message] = await simulation.messages()
    assert message["scheduled_for"] == "2099-07-01T13:10:00+00:00"
    winter = await ask(simulation, "EnviarSMS", **order(Fecha="2099-01-01 15:10"))
    assert (await simulation.messages())[1]["scheduled_for"] == "2099-01-01T14:10:00+00:00"
    [row] = (await ask(simulation, "GetReportSMS", Idmensaje=told["idMensaje"]))["Informe"]
    assert (row["Resultado"], row["Estado"], row["Telefono"]) == (1, "Programado", MOBILE)
    assert winter["idMensaje"] != told["idMensaje"]


async def test_cancels_what_is_scheduled(simulate: Simulate) -> None:
    simulation = await simulate({"providers": {"mensatek": {"credit": 10}}})
    told = await ask(simulation, "EnviarSMS", **order(MOBILE, "34600000002", Fecha=tomorrow()))
    assert told["Cred"] == 8
    cancelled = await ask(simulation, "CancelarSMS", Idmensaje=told["idMensaje"])
    assert cancelled == {"Res": 2, "IDMENSAJE": told["idMensaje"], "CREDR": 2, "CRED": 10}
    assert (await ask(simulation, "CancelarSMS", Idmensaje=told["idMensaje"]))["Res"] == -5
    reprogrammed = await ask(simulation, "ReprogramarSMS", Idmensaje=told["idMensaje"], Fecha=tomorrow())
    assert reprogrammed["Res"] == -5
    assert (await ask(simulation, "GetReportSMS", Idmensaje=told["idMensaje"]))["Res"] == -4
    assert all(message["cancelled_at"] for message in await simulation.messages())


async def test_what_cannot_be_cancelled_or_rescheduled(simulate: Simulate) -> None:
    simulation = await simulate()
    sent = (await ask(simulation, "EnviarSMS", **order()))["idMensaje"]
    scheduled = (await ask(simulation, "EnviarSMS", **order("34600000002", Fecha=tomorrow())))["idMensaje"]
    for function in ("CancelarSMS", "ReprogramarSMS"):
        fecha = {"Fecha": tomorrow()}
        assert (await ask(simulation, function, Idmensaje=sent, **fecha))["Res"] == -4
        assert (await ask(simulation, function, Idmensaje=7, **fecha))["Res"] == -2
        missing = await ask(simulation, function, **fecha)
        assert (missing["Res"], "Idmensaje" in missing["Error"]) == (-3, True)
    assert (await ask(simulation, "GetReportSMS", Idmensaje=7))["Res"] == -2
    assert (await ask(simulation, "GetReportSMS"))["Res"] == -3
    for fecha, result in (("pronto", -6), ("2022-12-03 11:15", -7)):
        assert (await ask(simulation, "ReprogramarSMS", Idmensaje=scheduled, Fecha=fecha))["Res"] == result
    assert (await ask(simulation, "ReprogramarSMS", Idmensaje=scheduled))["Res"] == -3


async def test_reschedules(simulate: Simulate) -> None:
    simulation = await simulate()
    told = await ask(simulation, "EnviarSMS", **order(Fecha=tomorrow()))
    moved = await ask(simulation, "ReprogramarSMS", Idmensaje=told["idMensaje"], Fecha="2099-07-01 15:10")
    assert moved == {"Res": 1, "Cred": told["Cred"]}
    [message] = await simulation.messages()
    assert message["scheduled_for"] == "2099-07-01T13:10:00+00:00"


async def test_reports_what_became_of_each_recipient(simulate: Simulate) -> None:
    simulation = await simulate(FAST)
    told = await ask(simulation, "EnviarSMS", **order(DELIVERED, UNKNOWN))

    async def rows() -> dict[str, dict[str, Any]]:
        report = await ask(simulation, "GetReportSMS", Idmensaje=told["idMensaje"])
        assert (report["Res"], report["Destinatarios"]) == (1, 2)
        return {row["Telefono"]: row for row in report["Informe"]}

    await simulation.change({"providers": {"mensatek": {"options": {"spam_limit": 1000}}}})
    async with asyncio.timeout(60):
        while True:
            found = await rows()
            if found[DELIVERED]["Resultado"] in (11, 13) and found[UNKNOWN]["Resultado"] in range(50, 138):
                break
    assert found[DELIVERED]["Estado"] == "Entregado al Teléfono"
    assert found[DELIVERED]["Tiempo"] >= 1
    datetime.strptime(found[DELIVERED]["Fecha"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - as it is written


@pytest.mark.parametrize("auth", [None, (USER, "wrong"), ("wrong", TOKEN)])
async def test_authentication_errors(simulate: Simulate, auth: Any) -> None:
    simulation = await simulate()
    for function in ("EnviarSMS", "CancelarSMS", "GetReportSMS", "ListarFicheros", "GetCreditos", "GetPlantillasSMS"):
        answer = await simulation.http.post(f"/mensatek/{function}", json={"Resp": "JSON"}, auth=auth)
        assert answer.json() == [{"Res": -1}]


@pytest.mark.parametrize(
    ("function", "auth"),
    [("EnviarSMS", (USER, "wrong")), ("EnviarSMS", (USER, TOKEN)), ("GetCreditos", (USER, TOKEN))],
)
async def test_repeated_errors_and_empty_connections_are_spam(simulate: Simulate, function: str, auth: Any) -> None:
    simulation = await simulate({"providers": {"mensatek": {"options": {"spam_limit": 3, "spam_seconds": 0.5}}}})
    async with asyncio.timeout(60):
        while (answer := await simulation.http.post(f"/mensatek/{function}", auth=auth)).status_code == 200:
            pass
        assert answer.status_code == 403
        while True:
            answer = await simulation.http.post("/mensatek/EnviarSMS", json=order(Resp="JSON"), auth=(USER, TOKEN))
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.05)
    assert answer.json()[0]["Res"] == 1


async def test_files(simulate: Simulate) -> None:
    simulation = await simulate()
    content = base64.b64encode(b"%PDF-1.4").decode()
    added = await ask(simulation, "CargarFichero", Tipo="BASE64", Nombre="uno.pdf", Contenido=content)
    assert (added["Res"], added["Nombre"], "Cred" in added) == (1, "uno.pdf", True)
    answer = await simulation.http.post(
        "/mensatek/CargarFichero",
        data={"Tipo": "FILES", "Resp": "JSON"},
        files={"fichero": ("dos.xlsx", b"PK", "application/octet-stream")},
        auth=(USER, TOKEN),
    )
    assert answer.json()[0]["Nombre"] == "dos.xlsx"
    listed = await ask(simulation, "ListarFicheros")
    assert [(row["Nombre"], row["Ext"]) for row in listed["Ficheros"]] == [("uno.pdf", "pdf"), ("dos.xlsx", "xlsx")]
    assert (await ask(simulation, "BorrarFichero", Nombre="uno.pdf"))["Res"] == 1
    assert (await ask(simulation, "BorrarFichero", Nombre="uno.pdf"))["Res"] == -2
    assert (await ask(simulation, "BorrarFichero"))["Res"] == -3


@pytest.mark.parametrize(
    ("asked", "options", "result"),
    [
        ({"Tipo": "BASE64", "Nombre": "a.pdf"}, {}, -12),
        ({"Tipo": "FILES", "Nombre": "a.pdf"}, {}, -13),
        ({"Tipo": "FTP"}, {}, -15),
        ({}, {}, -15),
        ({"Tipo": "BASE64", "Nombre": "a.exe", "Contenido": "QQ=="}, {}, -11),
        ({"Tipo": "BASE64", "Nombre": "a b.pdf", "Contenido": "QQ=="}, {}, -3),
        ({"Tipo": "BASE64", "Contenido": "QQ=="}, {}, -3),
        ({"Tipo": "BASE64", "Nombre": "a.pdf", "Contenido": "???"}, {}, -17),
        ({"Tipo": "BASE64", "Nombre": "a.pdf", "Contenido": "QUFBQQ=="}, {"most_file_bytes": 3}, -16),
        ({"Tipo": "BASE64", "Nombre": "a.pdf", "Contenido": "QQ=="}, {"most_files": 0}, -10),
        ({"Tipo": "BASE64", "Nombre": "a.pdf", "Contenido": "QQ=="}, {"trial": True}, -18),
    ],
)
async def test_files_that_are_refused(
    simulate: Simulate, asked: dict[str, Any], options: dict[str, Any], result: int
) -> None:
    simulation = await simulate({"providers": {"mensatek": {"options": options}}})
    assert (await ask(simulation, "CargarFichero", **asked))["Res"] == result


async def test_templates(simulate: Simulate) -> None:
    told = await ask(await simulate(), "GetPlantillasSMS")
    assert told["Res"] == 1
    assert told["Total"] == len(told["Plantillas"]) > 0


async def test_there_is_no_other_function(simulate: Simulate) -> None:
    simulation = await simulate()
    assert (await simulation.http.post("/mensatek/Otra", auth=(USER, TOKEN))).status_code == 404
    assert (await simulation.http.get("/mensatek/GetCreditos", auth=(USER, TOKEN))).status_code == 405
