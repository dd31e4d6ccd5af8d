"""Altiria's two gateways: how an account is at one of them, and what it can be sent, asked and told there."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Reply, Source
from delivery.orders import Order, OrderPersonal, Voice
from ingest.accounts import Account, NotConfigured
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, NothingToAsk, Refused, Sending, Taken, Told, Unauthorised
from ingest.providers.altiria import PROVIDER, Altiria
from ingest.unsendable import Unsendable
from ingest.webhook import WebhookRequest

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
SECRETS = {"login": "usér", "password": "s3cret"}
PLATFORM = Account("altiria", credentials=SECRETS)
GATEWAY = Account("altiria", base_url="https://www.example.com:8443/apirest/ws/", credentials=SECRETS)
ORDER = Order(provider="altiria", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000", text="Hola"))
TARGET = Target(provider="altiria", ref="102648819", channel=Channel.SMS)
OURS, THEIRS = "34911234567", "34600000000"

Webhook = Callable[..., WebhookRequest]


def sending(account: Account = PLATFORM) -> Sending:
    return Sending(MESSAGE, f"{MESSAGE}.1", account, AT)


def answer(body: Any, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(body).encode(), AT, {"content-type": "application/json"})


def in_body(call: HttpCall) -> Any:
    return json.loads(Altiria().body_with_credentials(call, GATEWAY))


def test_the_platform_is_shown_basic_and_nothing_in_the_body() -> None:
    proof = base64.b64encode("usér:s3cret".encode()).decode()
    assert Altiria().headers(PLATFORM) == {"authorization": f"Basic {proof}"}
    call = Altiria().send_call(ORDER, sending())
    assert Altiria().body_with_credentials(call, PLATFORM) == call.body


def test_the_gateway_is_shown_credentials_in_the_body_and_they_are_not_kept() -> None:
    call = Altiria().send_call(ORDER, sending(GATEWAY))
    assert Altiria().headers(GATEWAY) == {}
    assert in_body(call)["credentials"] == {"login": "usér", "passwd": "s3cret"}
    assert b"s3cret" not in call.shown()


@pytest.mark.parametrize("missing", ["login", "password"])
@pytest.mark.parametrize("account", [PLATFORM, GATEWAY])
def test_a_missing_credential_is_named(account: Account, missing: str) -> None:
    bare = Account("altiria", base_url=account.base_url, credentials=SECRETS | {missing: ""})

    def proof() -> object:
        if account is PLATFORM:
            return Altiria().headers(bare)
        return Altiria().body_with_credentials(HttpCall("POST", "/getCredit"), bare)

    with pytest.raises(NotConfigured, match=r"\[providers.altiria\] .*" + missing):
        proof()


def test_the_gateway_s_confirmation_is_of_the_attempt_that_sending_made(webhook: Webhook) -> None:
    call = Altiria().send_call(ORDER, sending(GATEWAY))
    id_ack = json.loads(call.body)["message"]["idAck"]
    assert len(id_ack) == 20
    assert id_ack.isalnum()
    result = Altiria().read_sent(ORDER, sending(GATEWAY), answer({"status": "000"}))
    assert isinstance(result, Taken)
    query = f"notification=34600000000,{id_ack},ENTREGADO"
    (confirmed,) = Altiria().parse(webhook(b"", "", method="GET", query=query))
    assert [sent.ref for sent in result.sends] == [confirmed.ref]
    other = Altiria().send_call(ORDER, Sending(MESSAGE, f"{MESSAGE}.2", GATEWAY, AT))
    assert json.loads(other.body)["message"]["idAck"] != id_ack


@pytest.mark.parametrize(
    ("field", "order"),
    [
        (
            "channel",
            Order(provider="altiria", channel=Channel.VOICE, personal=OrderPersonal(to="+34600000000", text="a")),
        ),
        ("send_at", msgspec.structs.replace(ORDER, send_at=AT + timedelta(hours=1))),
        (
            "options.landing",
            msgspec.structs.replace(
                ORDER, personal=msgspec.structs.replace(ORDER.personal, options={"landing": "lp-1"})
            ),
        ),
        (
            "options.flash",
            msgspec.structs.replace(ORDER, personal=msgspec.structs.replace(ORDER.personal, options={"flash": True})),
        ),
    ],
)
def test_what_only_the_platform_sends_is_not_sent_by_the_gateway(field: str, order: Order) -> None:
    Altiria().check(order)
    Altiria().send_call(order, sending(PLATFORM))
    with pytest.raises(Unsendable) as refused:
        Altiria().send_call(order, sending(GATEWAY))
    assert refused.value.field == field


def test_the_campaign_s_name_brings_our_reference_back(webhook: Webhook) -> None:
    call = Altiria().send_call(ORDER, sending())
    name = json.loads(call.body)["campaignName"]
    form = f"id=7&channel=sms&event=delivered&campaignName={name}".encode()
    (event,) = Altiria().parse(webhook(form, "application/x-www-form-urlencoded"))
    assert event.message_id == MESSAGE


def test_a_poll_and_a_notification_that_say_the_same_are_one_event(webhook: Webhook) -> None:
    said = {"id": "102648819", "channel": "sms", "status": "delivered", "date": "2026-03-01 12:59:00"}
    (told,) = Altiria().parse(webhook(json.dumps(said).encode()))
    asked = Altiria().read_polled(TARGET, answer(said))
    assert isinstance(asked, Told)
    assert [event.event_id for event in asked.events] == [told.event_id]
    assert [event.source for event in asked.events] == [Source.POLL]


def test_what_the_gateway_took_cannot_be_asked_for() -> None:
    assert Altiria().poll_call(TARGET, PLATFORM) == HttpCall("GET", "/sms/102648819")
    for account, target in (
        (GATEWAY, TARGET),
        (PLATFORM, msgspec.structs.replace(TARGET, ref="p17:h0123456789abcdef")),
    ):
        with pytest.raises(NothingToAsk):
            Altiria().poll_call(target, account)


def walk(answers: dict[str, HttpAnswer]) -> tuple[list[str], list[Reply]]:
    """Every question that the list asks, and every reply that it finds."""
    cursor: str | None = None
    paths, replies = [], []
    for _ in range(20):
        call = Altiria().list_call(PLATFORM, cursor)
        assert call is not None
        path = call.path + "".join(f"?{name}={value}" for name, value in call.query)
        paths.append(path)
        told = Altiria().read_listed(PLATFORM, cursor, answers[path])
        assert isinstance(told, Told), told
        assert not told.ends_where_known, "each conversation is a list of its own"
        replies += [event for event in told.events if isinstance(event, Reply)]
        cursor = told.cursor
        if cursor is None:
            return paths, replies
    raise AssertionError("the list has no end")


def messages_of(theirs: str) -> str:
    return f"/whatsapp/conversations/{OURS}/{theirs}/messages"


def test_conversations_are_walked_and_what_people_wrote_is_what_webhooks_say(webhook: Webhook) -> None:
    inbound = {"id": "w-1", "from": THEIRS, "to": OURS, "text": "¿Está?", "date": "2026-03-01T11:00:00Z"}
    ours = {"id": "w-2", "from": OURS, "to": THEIRS, "text": "Sí", "date": "2026-03-01T11:01:00Z", "status": "read"}
    marked = {"id": "w-3", "direction": "inbound", "message": "Gracias", "date": "2026-03-01T11:02:00Z"}
    paths, replies = walk(
        {
            "/whatsapp/conversations?page=1": answer(
                {
                    "conversations": [
                        {"from": OURS, "to": THEIRS, "date": "2026-03-01T11:02:00Z"},
                        {"from": f"+{OURS}", "to": "34611111111", "date": "2026-03-01 10:00:00"},
                    ],
                    "page": 1,
                    "pages": 3,
                }
            ),
            messages_of(THEIRS): answer({"messages": [inbound, ours, marked, {"direction": "in"}]}),
            messages_of("34611111111"): answer({}, 404),
            "/whatsapp/conversations?page=2": answer(
                {"conversations": [{"from": OURS, "to": "34622222222", "date": "2026-02-20 10:00:00"}], "pages": 3}
            ),
        }
    )
    assert paths == [
        "/whatsapp/conversations?page=1",
        messages_of(THEIRS),
        messages_of("34611111111"),
        "/whatsapp/conversations?page=2",
    ], "a page with nothing recent is the last"
    assert [reply.reply_id for reply in replies] == ["w-1", "w-3"]
    assert [reply.personal.sender for reply in replies] == [f"+{THEIRS}"] * 2
    assert [reply.personal.text for reply in replies] == ["¿Está?", "Gracias"]
    assert {reply.source for reply in replies} == {Source.POLL}
    told = {**inbound, "channel": "whatsapp", "event": "message"}
    (by_webhook,) = Altiria().parse(webhook(json.dumps(told).encode()))
    assert replies[0].event_id == by_webhook.event_id


def test_the_gateway_has_no_conversations() -> None:
    assert Altiria().list_call(GATEWAY, None) is None


@pytest.mark.parametrize("cursor", [None, f"0;{OURS}/{THEIRS}"])
def test_a_list_that_fails_says_how(cursor: str | None) -> None:
    assert isinstance(Altiria().read_listed(PLATFORM, cursor, answer({}, 401)), Unauthorised)
    assert isinstance(Altiria().read_listed(PLATFORM, cursor, answer({}, 400)), Refused)


def test_operations_read_what_there_is_and_say_what_went_wrong() -> None:
    status, credit = (Altiria.operations[name] for name in ("status", "credit"))
    assert status.read(answer({"id": 7, "status": "SENT"})) == {"id": 7, "status": "SENT"}
    assert credit.read(answer({"status": "000", "credit": "12.5"})) == {"credit": "12.5"}
    for operation, failed, words in (
        (status, answer({"error": {"code": 103, "description": "Unknown user"}}, 401), "HTTP 401: Unknown user"),
        (status, HttpAnswer(200, b"<html>", AT), "HTTP 200"),
        (credit, answer({"status": "020"}), "AUTHENTICATION_ERROR"),
        (credit, answer({"error": "LOGIN_NOT_NULL"}, 400), "LOGIN_NOT_NULL"),
        (credit, HttpAnswer(502, b"", AT), "HTTP 502"),
    ):
        with pytest.raises(OperationFailed, match=words):
            operation.read(failed)
    call = credit.call(credit.parameters())
    assert in_body(call) == {"credentials": {"login": "usér", "passwd": "s3cret"}}


def test_a_text_to_be_read_out_needs_no_voice() -> None:
    spoken = Order(
        provider="altiria",
        channel=Channel.VOICE,
        personal=OrderPersonal(to="+34600000000", voice=Voice(text="Hola", language="es-ES")),
    )
    assert PROVIDER is Altiria
    assert json.loads(Altiria().send_call(spoken, sending()).body)["language"] == "es_ES"
