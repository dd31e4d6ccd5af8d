"""What is particular to Messente: callbacks by the address that a send gives, legs, one event however it is told."""

import json
from typing import Any

import msgspec
import pytest

from delivery.events import Source, decode, encode
from delivery.orders import Order
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, NothingToAsk, Sending, Taken, Told
from ingest.providers.messente import Messente
from ingest.webhook import WebhookRequest
from tests.ingest.providers.golden import (
    AT,
    MESSAGE,
    account_of,
    case_named,
    cases,
    order_of,
    read,
    sending_of,
    target_of,
)

PROVIDER = Messente()
ACCOUNT = account_of("messente")
SENDING = sending_of("messente")
LEG = "3e28ec48-d620-4191-a96e-d91ba8ecc949"
LEGS = "d7248cda-6c1a-4436-acf5-aaf249bb67d3"
TARGET = target_of("messente")


def body_of(order: Order, sending: Sending = SENDING) -> Any:
    PROVIDER.check(order)
    return json.loads(PROVIDER.send_call(order, sending).body)


def test_reports_come_back_with_our_credentials_and_reference() -> None:
    order = order_of(cases("messente", "sends")[0])
    proof = "us%20er:p%40ss%2Fw%3Ard"
    assert body_of(order)["dlr_url"] == (f"https://{proof}@hooks.example.com/webhooks/messente?reference={MESSAGE}.1")
    kept = PROVIDER.send_call(order, SENDING).shown()
    assert proof.encode() not in kept
    assert b"https://***@hooks.example.com/" in kept


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account("messente"), None),
        (Account("messente", callback_url="http://a:8090/w?x=1#f"), f"http://a:8090/w?x=1&reference={MESSAGE}.1"),
        (Account("messente", callback_url="https://a/w", callback_username="u"), f"https://a/w?reference={MESSAGE}.1"),
        (Account("messente", callback_url="https://old:pair@a/w"), f"https://a/w?reference={MESSAGE}.1"),
    ],
)
def test_a_callback_address_without_credentials(account: Account, expected: str | None) -> None:
    order = order_of(cases("messente", "sends")[0])
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account, AT)
    assert body_of(order, sending).get("dlr_url") == expected
    assert PROVIDER.send_call(order, sending).secrets == ()


def test_a_report_to_that_address_claims_the_message() -> None:
    request = WebhookRequest(
        method="POST",
        path="/webhooks/messente",
        query=f"reference={MESSAGE}.1",
        headers={},
        content_type="application/json",
        body=json.dumps({"message_id": LEG, "channel": "sms", "omnimessage_id": LEGS}).encode(),
        received_at=AT,
    )
    (event,) = PROVIDER.parse(request)
    assert (event.message_id, event.ref, event.handle) == (MESSAGE, LEG, LEGS)


def test_calls_about_a_message_ask_by_the_legs_together() -> None:
    assert PROVIDER.poll_call(TARGET, ACCOUNT) == HttpCall(
        "GET", f"/v1/omnimessage/{LEGS}/status", headers={"accept": "application/json"}
    )
    assert PROVIDER.cancel_call(TARGET, ACCOUNT) == HttpCall(
        "DELETE", f"/v1/omnimessage/{LEGS}", headers={"accept": "application/json"}
    )
    for call in (PROVIDER.poll_call, PROVIDER.cancel_call):
        with pytest.raises(NothingToAsk, match="omnimessage_id"):
            call(msgspec.structs.replace(TARGET, handle=None), ACCOUNT)
    odd = msgspec.structs.replace(TARGET, handle="../x?y")
    assert PROVIDER.poll_call(odd, ACCOUNT).path == "/v1/omnimessage/..%2Fx%3Fy/status"


def test_a_poll_and_a_report_that_say_the_same_are_one_event() -> None:
    result = {"status": "DELIVRD", "err": 0, "error": None, "channel": "sms", "message_id": LEG}
    result["timestamp"] = "2026-03-01T11:59:00.389630"
    shared = {"to": "+34600000000", "omnimessage_id": LEGS}
    report = json.dumps({**result, **shared, "sender": "Acme"}).encode()
    request = WebhookRequest(
        method="POST", path="", query="", headers={}, content_type="application/json", body=report, received_at=AT
    )
    (told,) = PROVIDER.parse(request)
    answer = HttpAnswer(200, json.dumps({"statuses": [result], **shared}).encode(), AT, {"content-type": "text/json"})
    polled = PROVIDER.read_polled(TARGET, answer)
    assert isinstance(polled, Told)
    (asked,) = polled.events
    assert asked.event_id == told.event_id
    assert (asked.source, told.source) == (Source.POLL, Source.WEBHOOK)


def test_sends_survive_storage_and_only_the_first_leg_is_under_way() -> None:
    case = case_named("messente", "answers", "taken with two legs")
    result = read("messente", case)
    assert isinstance(result, Taken)
    first, second = result.sends
    assert (first.stage, second.stage) == (Stage.QUEUED, Stage.SCHEDULED)
    assert first.handle == second.handle == LEGS
    assert (first.personal.text, second.personal.text) == ("Hola", "Hola por SMS")
    for sent in result.sends:
        assert sent.personal.raw == case["body"].encode()
        assert sent.message_id == MESSAGE
        assert b"p%40ss" not in sent.personal.request
        assert decode(encode(sent)) == sent


def test_credentials_are_basic_and_named_where_they_are_missing() -> None:
    assert PROVIDER.headers(ACCOUNT) == {"authorization": "Basic bXkgdXNlcm5hbWU6bXkgcGFzc3dvcmQ="}
    for missing in ("username", "password"):
        credentials = {**ACCOUNT.credentials, missing: ""}
        with pytest.raises(NotConfigured, match=rf"\[providers.messente\] {missing}"):
            PROVIDER.headers(Account("messente", credentials=credentials))


def test_an_operation_s_answer_that_cannot_be_read_is_its_failure() -> None:
    for broken in (b"\xff", b"[" * 100_000):
        with pytest.raises(OperationFailed):
            PROVIDER.operations["status"].read(HttpAnswer(200, broken, AT))
