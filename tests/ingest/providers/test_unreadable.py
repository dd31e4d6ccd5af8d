"""Whatever comes, a provider reads it or says which field is at fault and what to do; it never fails otherwise."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.events import decode, encode
from ingest.provider import ReceivesWebhooks
from ingest.providers import PROVIDERS
from ingest.webhook import Unreadable, WebhookRequest

Webhook = Callable[..., WebhookRequest]

CALLERS = {name: provider for name, made in PROVIDERS.items() if isinstance(provider := made(), ReceivesWebhooks)}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
SECRET = "34655555555"


@pytest.mark.parametrize(
    ("name", "body", "content_type", "field"),
    [
        ("mensatek", b"", "application/json", "body"),
        ("mensatek", b"{", "application/json", "body"),
        ("mensatek", b"[1]", "application/json", "body[0]"),
        ("mensatek", b'[{"Resultado": 1, "idMensaje": 2, "Movil": "34600000000"}, "x"]', "application/json", "body[1]"),
        ("mensatek", b"[" * 100_000, "application/json", "body"),
        ("mensatek", b'{"a":' * 100_000, "application/json", "body"),
        ("mensatek", b'{"Movil": "34655555555", "idMensaje": 1}', "application/json", "Resultado"),
        ("mensatek", b'{"Movil": "34655555555", "idMensaje": 1, "Resultado": null}', "application/json", "Resultado"),
        ("mensatek", b'{"Movil": "34655555555", "Resultado": 11}', "application/json", "idMensaje"),
        ("mensatek", b'{"Movil": "", "idMensaje": 1, "Resultado": 11}', "application/json", "Movil"),
        ("mensatek", b"Movil=34655555555&idMensaje=1", FORM, "Resultado"),
        ("mensatek", b"Movil=34655555555&Resultado=11&idMensaje=" + b"9" * 300, FORM, "idMensaje"),
        ("mensatek", b"Movil=34655555555&Resultado=11&idMensaje=1+2", FORM, "idMensaje"),
        ("mensatek", b"&".join(b"a%d=1" % n for n in range(500)), FORM, "body"),
        ("mensatek", b"Servicio=SMSRECIBIDO&Mensaje=34655555555", FORM, "Remitente"),
        ("mensatek", b"x", "multipart/form-data", "content-type"),
        ("mensatek", b"--c\r\n\r\n", MULTIPART, "body"),
        ("mensatek", b"--b\r\n\r\nx\r\n--b--\r\n", MULTIPART, "body"),
        ("mensatek", b"--b\r\nContent-Disp", MULTIPART, "body"),
        (
            "messente",
            b'{"status": "ACK", "channel": "sms", "to": "+34655555555"}',
            "application/json",
            "message_id",
        ),
        ("messente", b'{"status": "DELIVRD", "message_id": "m", "to": "34655555555"}', "application/json", "channel"),
        ("messente", b'{"status": "ACK", "message_id": "m", "channel": "rcs"}', "application/json", "channel"),
        ("messente", b'{"statuses": {}, "to": "34655555555"}', "application/json", "statuses"),
        ("messente", b'{"statuses": [7]}', "application/json", "statuses"),
        ("messente", b'{"msg_id": "", "channel": "sms"}', "application/json", "msg_id"),
        ("ainumber", b'{"event": "nothing.known", "data": {}}', "application/json", "event"),
        ("ainumber", b'{"data": {"phone": "34655555555"}}', "application/json", "event"),
        ("ainumber", b'{"event": "message.sent_status", "data": {"message_id": "m"}}', "application/json", "status"),
        ("ainumber", b'{"event": "message.sent", "data": {"status": "read"}}', "application/json", "message_id"),
        (
            "ainumber",
            b'{"event": "message.received", "data": {"body": "34655555555"}}',
            "application/json",
            "message_id",
        ),
        ("altiria", b"notification=34655555555,ENTREGADO", FORM, "notification"),
        ("altiria", b"notification=34655555555,,ENTREGADO", FORM, "notification"),
        ("altiria", b"notification=,a,ENTREGADO", FORM, "notification"),
        ("altiria", b"notification=34655555555,a,", FORM, "notification"),
        ("altiria", b"id=7&channel=fax&event=delivered", FORM, "channel"),
        ("altiria", b"id=7&channel=sms&to=34655555555", FORM, "event"),
        ("altiria", b"channel=sms&event=delivered&to=34655555555", FORM, "id"),
        ("altiria", b"", "", "event"),
    ],
)
def test_it_names_the_field_and_the_remedy(
    webhook: Webhook, name: str, body: bytes, content_type: str, field: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        CALLERS[name].parse(webhook(body, content_type))
    assert refused.value.field == field
    assert len(refused.value.remedy) > len(field)
    assert SECRET not in str(refused.value), "a refusal never quotes what may be personal"


def read(name: str, request: WebhookRequest) -> None:
    try:
        events = CALLERS[name].parse(request)
    except Unreadable as refused:
        # A fault without a remedy, or that cannot be shown, would be as bad as none.
        str(refused).encode()
        return
    for event in events:
        assert decode(encode(event)) == event
        assert event.ref


CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=ISO-8859-1",
        "application/json; charset=utf-16",
        FORM,
        f"{FORM}; charset=windows-1252",
        MULTIPART,
        "multipart/form-data",
        "",
        "text/plain; charset=\x00",
    ]
)
# fmt: off
NAMES = st.sampled_from([
    "Servicio", "Resultado", "Remitente", "Movil", "Fecha", "Segundos", "idMensaje", "Referencia", "Variables",
    "Mensaje", "timestamp", "idM", "idR", "status", "err", "error", "channel", "message_id", "omnimessage_id", "to",
    "sender", "statuses", "msg_id", "sub_msg_id", "text", "time", "event", "type", "data", "contact", "phone",
    "error_code", "id", "sent_at", "notification", "from", "date", "message",
])
TEXTS = st.one_of(st.text(max_size=30), st.sampled_from([
    "11", "134", "SMSMASIVO", "SMSRECIBIDO", "SMSVOZ", "34600000000", "+521234567890123", "00", "sms", "whatsapp",
    "rcs", "DELIVRD", "null", "999", "message.received", "message.sent_status", "failed", "131047",
    "34600000000,a,ENTREGADO", "a,b,CERT(x)", "1e999", "-1", "nan", "9999-12-31T23:59:59-12:00", "0001-01-01",
    "2021-03-28 02:30:00",
    "99999999999999999999999999", "{}", "[]", '{"code":1}', "\x00", "\ud7ff", "\u0663",
]))
# fmt: on
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
REPORTS = st.dictionaries(NAMES, VALUES, max_size=10)


@pytest.mark.parametrize("name", CALLERS)
@given(body=st.binary(max_size=300), content_type=CONTENT_TYPES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes(webhook: Webhook, name: str, body: bytes, content_type: str) -> None:
    read(name, webhook(body, content_type))


@pytest.mark.parametrize("name", CALLERS)
@given(reports=st.one_of(REPORTS, st.lists(REPORTS, max_size=3)), content_type=CONTENT_TYPES, ascii_only=st.booleans())
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_json(webhook: Webhook, name: str, reports: object, content_type: str, ascii_only: bool) -> None:
    body = json.dumps(reports, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    read(name, webhook(body, content_type))


@pytest.mark.parametrize("name", CALLERS)
@given(fields=st.lists(st.tuples(NAMES, TEXTS), max_size=8), junk=st.text(max_size=20), by_get=st.booleans())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_form(webhook: Webhook, name: str, fields: list[tuple[str, str]], junk: str, by_get: bool) -> None:
    form = "&".join(f"{field}={value}" for field, value in fields) + junk
    query = form.encode("utf-8", "surrogatepass").decode("latin-1")
    if by_get:
        read(name, webhook(b"", "", method="GET", query=query))
    else:
        read(name, webhook(query.encode("latin-1"), FORM, query=query))
