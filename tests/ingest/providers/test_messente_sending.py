"""What Messente is asked, and what its answers mean, against files that only people change.

`sends.orders.json` has an order for every parameter, `answers.cases.json` an answer for every outcome of every call,
`unsendable.cases.json` what `check` must refuse. A missing expected file is written by the test, which then fails.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, Source, decode, encode
from delivery.orders import Order
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.operations import OperationFailed
from ingest.outbound import HttpAnswer, HttpCall, NothingToAsk, Sending, Taken, Told
from ingest.providers.messente import Messente
from ingest.unsendable import Unsendable
from ingest.webhook import WebhookRequest

FIXTURES = Path(__file__).parents[2] / "fixtures" / "messente"
PROVIDER = Messente()
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
ACCOUNT = Account(
    "messente",
    callback_url="https://hooks.example.com/webhooks/messente",
    callback_username="us er",
    callback_password="p@ss/w:rd",
    credentials={"username": "api", "password": "s3cret"},
)
SENDING = Sending(MESSAGE, f"{MESSAGE}.1", ACCOUNT, AT)
LEG = "3e28ec48-d620-4191-a96e-d91ba8ecc949"
LEGS = "d7248cda-6c1a-4436-acf5-aaf249bb67d3"
TARGET = Target(provider="messente", ref=LEG, channel=Channel.SMS, handle=LEGS, recipient="+34600000000")
BARE = ("provider", "received_at", "payload", "source")


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return found


def order_of(case: Mapping[str, Any]) -> Order:
    return msgspec.convert(case["order"], Order)


def answer_of(case: Mapping[str, Any]) -> HttpAnswer:
    headers = {"content-type": "application/json", **case.get("headers", {})}
    return HttpAnswer(case["status"], case["body"].encode(), AT, headers)


def compare(name: str, made: Mapping[str, Any]) -> None:
    path = FIXTURES / name
    if not path.exists():
        lines = (f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in made.items())
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        pytest.fail(f"{name} was missing and is written now: read it, and commit it if it is right")
    expected = json.loads(path.read_text(encoding="utf-8"))
    assert list(made) == list(expected)
    for key, value in made.items():
        assert value == expected[key], key


def shown_event(event: Event) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(event)
    for field in BARE:
        del built[field]
    for field in ("raw", "content_type", "request"):
        built["personal"].pop(field, None)
    return built


def shown(result: object) -> Any:
    if isinstance(result, Taken | Told):
        events = result.sends if isinstance(result, Taken) else result.events
        return {type(result).__name__: [shown_event(event) for event in events]}
    assert is_dataclass(result)
    assert not isinstance(result, type)
    return {type(result).__name__: asdict(result)}


def read(case: Mapping[str, Any]) -> object:
    answer = answer_of(case)
    match case["ask"]:
        case "sent":
            return PROVIDER.read_sent(order_of(case), SENDING, answer)
        case "polled":
            return PROVIDER.read_polled(TARGET, answer)
        case _:
            return PROVIDER.read_cancelled(TARGET, answer)


def body_of(order: Order, sending: Sending = SENDING) -> Any:
    PROVIDER.check(order)
    call = PROVIDER.send_call(order, sending)
    assert (call.method, call.path, call.query, call.content_type) == (
        "POST",
        "/v1/omnimessage",
        (),
        "application/json",
    )
    return json.loads(call.body)


def test_every_parameter_is_sent_as_documented() -> None:
    made = {}
    for case in cases("sends.orders.json"):
        body = body_of(order_of(case))
        assert body.pop("dlr_url").endswith(f"?reference={MESSAGE}.1"), case["name"]
        made[case["name"]] = body
    compare("sends.expected.json", made)


def test_every_answer_means_what_is_documented() -> None:
    compare(
        "answers.expected.json",
        {f"{case['ask']}: {case['name']}": shown(read(case)) for case in cases("answers.cases.json")},
    )


@pytest.mark.parametrize("case", cases("unsendable.cases.json"), ids=lambda case: case["field"])
def test_what_messente_does_not_allow_is_refused_by_its_field(case: dict[str, Any]) -> None:
    with pytest.raises(Unsendable) as refused:
        PROVIDER.check(order_of(case))
    assert refused.value.field == case["field"]
    assert refused.value.remedy
    assert "34600000000" not in str(refused.value)


def test_reports_come_back_with_our_credentials_and_reference() -> None:
    order = order_of(cases("sends.orders.json")[0])
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
    order = order_of(cases("sends.orders.json")[0])
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
    case = next(case for case in cases("answers.cases.json") if case["name"] == "taken with two legs")
    result = read(case)
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
    assert PROVIDER.headers(ACCOUNT) == {"authorization": "Basic YXBpOnMzY3JldA=="}
    for missing in ("username", "password"):
        credentials = {**ACCOUNT.credentials, missing: ""}
        with pytest.raises(NotConfigured, match=rf"\[providers.messente\] {missing}"):
            PROVIDER.headers(Account("messente", credentials=credentials))


def test_operations() -> None:
    status, cancel = PROVIDER.operations["status"], PROVIDER.operations["cancel"]
    assert status.call(status.parameters(omnimessage_id=LEGS)) == PROVIDER.poll_call(TARGET, ACCOUNT)
    assert cancel.call(cancel.parameters(omnimessage_id=LEGS)) == PROVIDER.cancel_call(TARGET, ACCOUNT)
    assert status.read(HttpAnswer(200, b'{"statuses": []}', AT)) == {"statuses": []}
    assert cancel.read(HttpAnswer(202, b"{}", AT)) == {}
    refused = b'{"errors": [{"code": "101", "title": "Not found", "detail": "None", "source": null}]}'
    with pytest.raises(OperationFailed, match="HTTP 404: 101 Not found: None"):
        cancel.read(HttpAnswer(404, refused, AT))
    for broken in (b"<html>", b"\xff", b"[" * 100_000):
        with pytest.raises(OperationFailed):
            status.read(HttpAnswer(200, broken, AT))
