"""What is particular to Mensatek: its functions in either encoding, its tables, one event however it is told.

`functions.cases.json` has every function with every parameter, also what no order and no operation asks.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.events import Source, decode, encode
from ingest.accounts import Account, NotConfigured
from ingest.clocks import SPAIN, read_time
from ingest.outbound import HttpAnswer, HttpCall, NothingToAsk, Taken, Told
from ingest.providers.mensatek import Mensatek, client
from ingest.providers.mensatek.answers import Resp, UnreadableAnswer, read_answer
from ingest.providers.mensatek.results import REFUSALS, RESULTS
from ingest.webhook import WebhookRequest
from tests.ingest.providers.golden import (
    AT,
    FIXTURES,
    MESSAGE,
    Case,
    account_of,
    answer_of,
    case_named,
    cases,
    expected,
    hold,
    order_of,
    read,
    sending_of,
    shown_call,
    target_of,
    title,
)

PROVIDER = Mensatek()
ACCOUNT = account_of("mensatek")
TARGET = target_of("mensatek")

# The document's tables, copied by hand.
PARAMETERS = {
    "EnviarSMS": {
        *("Remitente", "Destinatarios", "Mensaje", "Fecha", "Referenciausuario", "Report", "Idmensaje", "Fail2voice"),
        *("Lenguajevoz", "Remitentevoz", "Unicode", "Obviarlistanegra", "Fixutf8", "Resp"),
    },
    "CancelarSMS": {"Idmensaje", "Resp"},
    "ReprogramarSMS": {"Idmensaje", "Fecha", "Resp"},
    "GetReportSMS": {"Idmensaje", "Resp"},
    "CargarFichero": {"Nombre", "Tipo", "Contenido", "Autoborrado", "Resp"},
    "ListarFicheros": {"Resp"},
    "BorrarFichero": {"Nombre", "Resp"},
    "GetCreditos": {"Resp"},
    "GetPlantillasSMS": {"Resp"},
}
FILE_RESULTS = {-1, -3, -10, -11, -12, -13, -15, -16, -17, -18}
RESULTS_BELOW_ZERO = {
    "EnviarSMS": {-1, -2, -3},
    "CancelarSMS": {-1, -2, -3, -4, -5},
    "ReprogramarSMS": {-1, -2, -3, -4, -5, -6, -7},
    "GetReportSMS": {-1, -2, -3, -4},
    "CargarFichero": FILE_RESULTS,
    "ListarFicheros": FILE_RESULTS,
    "BorrarFichero": {-1, -2},
    "GetCreditos": {-1},
    "GetPlantillasSMS": {-1, -3},
}
OPERATION_OF = {
    "CargarFichero": "upload",
    "ListarFicheros": "files",
    "BorrarFichero": "delete-file",
    "GetCreditos": "credit",
    "GetPlantillasSMS": "templates",
    "ReprogramarSMS": "reschedule",
    "GetReportSMS": "report",
}


def function_call(case: Case, encoding: client.Encoding = client.Encoding.JSON) -> HttpCall:
    kind: type[client.Asked] = getattr(client, case["function"])
    return client.request(msgspec.convert(case["asked"], kind), encoding)


def test_every_function_makes_exactly_the_expected_call() -> None:
    made = ((title(case), shown_call(function_call(case))) for case in cases("mensatek", "functions"))
    hold(FIXTURES / "mensatek" / "functions.expected.json", made)


def test_a_form_says_the_same_with_lists_as_json() -> None:
    for case in cases("mensatek", "functions"):
        if case["function"] == "CargarFichero":
            continue
        call = function_call(case, client.Encoding.FORM)
        assert call.content_type == "application/x-www-form-urlencoded"
        fields = dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))
        said = json.loads(function_call(case).body)
        assert fields == {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            for name, value in said.items()
        }


def test_every_parameter_of_the_document_is_in_a_golden_request() -> None:
    seen: dict[str, set[str]] = {name: set() for name in PARAMETERS}
    for kind in ("sends", "functions"):
        for call in expected("mensatek", kind).values():
            function = call["path"].removeprefix("/")
            if function in seen and isinstance(call["body"], dict):
                seen[function] |= set(call["body"])
    assert seen == PARAMETERS
    recipients = expected("mensatek", "sends")
    named = {name for call in recipients.values() for one in call["body"]["Destinatarios"] for name in one}
    assert named == {"Movil", *(f"Variable_{place}" for place in range(1, 11))}


def test_every_result_of_the_document_is_in_the_tables_and_has_an_answer() -> None:
    assert {name: set(table) for name, table in RESULTS.items() if "CERTIFICADO" not in name} == {
        name: results | ({-3} if name == "BorrarFichero" else set()) for name, results in RESULTS_BELOW_ZERO.items()
    }, "-3 stands beside BorrarFichero's Error only"
    answered: dict[str, set[int]] = {}
    for case in (*cases("mensatek", "answers"), *cases("mensatek", "operations")):
        found = read_result(case) if "status" in case else None
        if found is not None and found < 0:
            answered.setdefault(case.get("ask") or case["operation"], set()).add(found)
    for function, results in RESULTS_BELOW_ZERO.items():
        asked = {"EnviarSMS": "sent", "CancelarSMS": "cancelled"}.get(function) or OPERATION_OF[function]
        assert results <= answered[asked], function
    assert RESULTS_BELOW_ZERO["GetReportSMS"] <= answered["polled"]
    for function, reasons in REFUSALS.items():
        assert set(reasons) == set(RESULTS[function]) - {-1}


def read_result(case: Case) -> int | None:
    try:
        return read_answer(answer_of(case), None).result
    except UnreadableAnswer:
        return None


def test_a_send_meets_its_receipts() -> None:
    taken = case_named("mensatek", "answers", "taken")
    result = read("mensatek", taken)
    assert isinstance(result, Taken)
    (sent,) = result.sends
    report = {"Servicio": "SMSMASIVO", "Resultado": 11, "Movil": "34600000000", "Fecha": "2026-03-01 13:00:02"}
    report |= {"idMensaje": 10573758, "Referencia": f"{MESSAGE}.1"}
    (sms,) = PROVIDER.parse(webhook(report))
    (voice,) = PROVIDER.parse(webhook({**report, "Servicio": "FAIL2VOICE"}))
    assert (sms.key, sms.message_id, sms.channel) == (sent.key, MESSAGE, Channel.SMS)
    assert voice.ref == PROVIDER.attempt_ref("10573758", "+34600000000", Channel.VOICE) != sms.ref
    assert (voice.message_id, voice.channel) == (MESSAGE, Channel.VOICE)
    assert sent.personal.raw == taken["body"].encode()
    assert sent.personal.request.startswith(b"POST /EnviarSMS\n\n{")
    assert decode(encode(sent)) == sent


def webhook(report: Mapping[str, Any]) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        path="",
        query="",
        headers={},
        content_type="application/json",
        body=json.dumps(report).encode(),
        received_at=AT,
    )


@pytest.mark.parametrize("code", sorted(PROVIDER.codes, key=int))
def test_a_poll_and_a_report_that_say_the_same_are_one_event(code: str) -> None:
    (told,) = PROVIDER.parse(
        webhook(
            {
                "Servicio": "SMSMASIVO",
                "Resultado": code,
                "Movil": "34600000000",
                "Fecha": "2026-03-01 13:00:02",
                "Segundos": "2",
                "idMensaje": "10573758",
            }
        )
    )
    row = {"Fecha": "2026-03-01 13:00:02", "Tiempo": 2, "Telefono": 34600000000, "Resultado": int(code)}
    polled = PROVIDER.read_polled(TARGET, HttpAnswer(200, json.dumps([{"Res": 1, "Informe": [row]}]).encode(), AT))
    assert isinstance(polled, Told)
    (asked,) = polled.events
    assert asked.event_id == told.event_id
    assert (asked.source, told.source) == (Source.POLL, Source.WEBHOOK)
    unlike = {"source", "payload", "personal"}
    same = [{k: v for k, v in msgspec.structs.asdict(event).items() if k not in unlike} for event in (asked, told)]
    assert same[0] == same[1]


def test_a_report_s_event_keeps_its_own_row_and_nobody_else_s() -> None:
    case = case_named("mensatek", "answers", "one of two")
    polled = read("mensatek", case)
    assert isinstance(polled, Told)
    (event,) = polled.events
    assert json.loads(event.personal.raw)["Telefono"] == "34600000000"
    assert event.personal.raw in case["body"].encode()
    assert (event.payload.index, event.payload.count) == (1, 2)


def test_an_attempt_is_asked_of_and_cancelled_by_its_batch() -> None:
    assert shown_call(PROVIDER.poll_call(TARGET, ACCOUNT)) == {
        "method": "POST",
        "path": "/GetReportSMS",
        "body": {"Idmensaje": 10573758, "Resp": "JSON"},
    }
    assert shown_call(PROVIDER.cancel_call(TARGET, ACCOUNT)) == {
        "method": "POST",
        "path": "/CancelarSMS",
        "body": {"Idmensaje": 10573758, "Resp": "JSON"},
    }
    case = case_named("mensatek", "answers", "taken, certified")
    taken = read("mensatek", case)
    assert isinstance(taken, Taken)
    certified = msgspec.structs.replace(TARGET, handle=taken.sends[0].handle)
    assert PROVIDER.poll_call(certified, ACCOUNT).path == "/GetReportSMSCERTIFICADO"
    for ref in ("abc:h0123456789abcdef", "0:h0123456789abcdef", "7-voice:h0123456789abcdef", "9" * 19):
        for call in (PROVIDER.poll_call, PROVIDER.cancel_call):
            with pytest.raises(NothingToAsk, match="idMensaje"):
                call(msgspec.structs.replace(TARGET, ref=ref), ACCOUNT)


def test_cancelling_twice_is_one_event() -> None:
    cancelled, again = (
        PROVIDER.read_cancelled(TARGET, HttpAnswer(200, body, AT)) for body in (b'{"Res": 1}', b'{"Res": -5}')
    )
    assert isinstance(cancelled, Told)
    assert isinstance(again, Told)
    assert [event.event_id for event in cancelled.events] == [event.event_id for event in again.events]


def test_credentials_are_basic_and_named_where_they_are_missing() -> None:
    assert PROVIDER.headers(ACCOUNT) == {"authorization": "Basic bXkgYXBpX3VzZXI6bXkgYXBpX3Rva2Vu"}
    for missing in ("api_user", "api_token"):
        with pytest.raises(NotConfigured, match=rf"\[providers.mensatek\] {missing}"):
            PROVIDER.headers(Account("mensatek", credentials={**ACCOUNT.credentials, missing: ""}))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_comes_back_as_the_same_minute_or_is_not_taken(at: datetime) -> None:
    if not client.is_told_by_spanish_clocks(at):
        return
    back = read_time(client.spanish_minute(at), assumed=SPAIN)
    assert back is not None
    assert 0 <= (back.at - at).total_seconds() < 60


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.sampled_from([*Resp, None]))
def test_no_answer_breaks_the_reading(body: bytes, resp: Resp | None) -> None:
    try:
        answer = read_answer(HttpAnswer(200, body, AT), resp)
    except UnreadableAnswer:
        return
    for name in ("Res", "Informe", "Plantillas", "Cred"):
        answer.text(name), answer.integer(name), answer.number(name), answer.rows(name), answer.texts(name)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"Res":' + b"[" * 200_000,
        b"<a>" * 200_000,
        b"<a>" * 5_000 + b"</a>" * 5_000,
        b"Res:1" + b";" * 500_000,
        b"Res:[" + b"[" * 200_000,
        b'{"Res":1,"Informe":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"Res":1,"idMensaje":"\\ud800","Error":"\\ud800"}',
        b'{"Res":' + b"9" * 5_000 + b"}",
        b"\xff\xfe<\x00a\x00>\x00",
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_hostile_answers_are_read_or_refused_in_no_time(body: bytes) -> None:
    for resp in (*Resp, None):
        answer = HttpAnswer(200, body, AT)
        try:
            read_answer(answer, resp).rows("Informe")
        except UnreadableAnswer:
            continue
    order = order_of(cases("mensatek", "sends")[0])
    assert not isinstance(PROVIDER.read_sent(order, sending_of("mensatek"), HttpAnswer(200, body, AT)), Taken)
