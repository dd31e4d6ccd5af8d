"""What the SMS Sending API is asked, and what its answers mean, against files that only people change.

`sends.orders.json` has an order for every parameter, `answers.cases.json` an answer for every status,
`unsendable.cases.json` what `check` refuses. A missing expected file is written by the test, which then fails.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.events import decode, encode
from delivery.orders import Order
from ingest.accounts import Account, NotConfigured
from ingest.outbound import HttpAnswer, HttpCall, Sending, Taken
from ingest.provider import CanBePolled, CancelsMessages, HasOperations, LooksUp, ReceivesWebhooks
from ingest.providers.enviosms import EnvioSms
from ingest.unsendable import Unsendable

FIXTURES = Path(__file__).parents[2] / "fixtures" / "enviosms"
PROVIDER = EnvioSms()
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
ACCOUNT = Account("enviosms", base_url="https://sms.example.com/send", credentials={"api_key": "my-key"})
SENDING = Sending(MESSAGE, f"{MESSAGE}.1", ACCOUNT, AT)
SAME_IN_ALL = ("provider", "received_at", "payload", "source")
PARAMETERS = {
    *("recipient", "messageBody", "journeyID", "templateID", "templateParams", "programmedDate", "flashMessage"),
}
"""The document's table, copied by hand."""
DIRECT, JOURNEY = {"messageBody"}, {"journeyID", "templateID", "templateParams"}


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return found


def order_of(case: Mapping[str, Any]) -> Order:
    return msgspec.convert(case["order"], Order)


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


def read(case: Mapping[str, Any]) -> object:
    headers = {"content-type": "application/json", **case.get("headers", {})}
    answer = HttpAnswer(case["status"], case["body"].encode(), AT, headers)
    return PROVIDER.read_sent(order_of(case), SENDING, answer)


def shown(result: object) -> Any:
    if isinstance(result, Taken):
        (sent,) = result.sends
        assert decode(encode(sent)) == sent
        built: dict[str, Any] = msgspec.to_builtins(sent)
        for field in SAME_IN_ALL:
            del built[field]
        for field in ("raw", "content_type", "request"):
            built["personal"].pop(field, None)
        return {"Taken": built}
    assert is_dataclass(result)
    assert not isinstance(result, type)
    return {type(result).__name__: asdict(result)}


def shown_call(call: HttpCall) -> Any:
    assert (call.method, call.path, call.query, call.content_type) == ("POST", "", (), "application/json")
    return json.loads(call.body)


def test_every_order_makes_exactly_the_expected_call() -> None:
    made = {}
    for case in cases("sends.orders.json"):
        order = order_of(case)
        PROVIDER.check(order)
        made[case["name"]] = shown_call(PROVIDER.send_call(order, SENDING))
    compare("sends.expected.json", made)


def test_every_parameter_of_the_document_is_in_a_golden_request_and_the_modes_exclude_each_other() -> None:
    bodies = json.loads((FIXTURES / "sends.expected.json").read_text(encoding="utf-8")).values()
    assert {name for body in bodies for name in body} == PARAMETERS
    for body in bodies:
        assert set(body) & (DIRECT | JOURNEY) in (DIRECT, JOURNEY)


def test_every_answer_means_what_is_documented() -> None:
    compare("answers.expected.json", {case["name"]: shown(read(case)) for case in cases("answers.cases.json")})


@pytest.mark.parametrize("case", cases("unsendable.cases.json"), ids=lambda case: case["field"])
def test_what_this_provider_does_not_take_is_refused_by_its_field(case: dict[str, Any]) -> None:
    with pytest.raises(Unsendable) as refused:
        PROVIDER.check(order_of(case))
    assert refused.value.field == case["field"]
    assert refused.value.remedy
    assert "573001234567" not in str(refused.value)


def test_the_document_s_samples_are_our_requests() -> None:
    made = json.loads((FIXTURES / "sends.expected.json").read_text(encoding="utf-8"))
    assert made["directly, only what is required"] == {
        "recipient": "+573001234567",
        "messageBody": "Hola Juan, tu código de acceso es 4572.",
    }
    assert made["by journey"] == {
        "recipient": "+573001234567",
        "journeyID": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "templateID": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "templateParams": {"customerName": "María López", "orderNumber": "78910", "deliveryDate": "2025-07-11"},
    }


def test_the_key_is_in_its_header_and_named_where_it_is_missing() -> None:
    assert PROVIDER.headers(ACCOUNT) == {"x-api-key": "my-key"}
    with pytest.raises(NotConfigured, match=r"\[providers.enviosms\] api_key"):
        PROVIDER.headers(Account("enviosms"))


def test_it_can_send_and_nothing_else() -> None:
    for ability in (ReceivesWebhooks, CanBePolled, CancelsMessages, LooksUp, HasOperations):
        assert not isinstance(PROVIDER, ability)


@given(st.sampled_from([200, 400, 401, 500]), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_answer_breaks_the_reading(status: int, body: bytes) -> None:
    order = order_of(cases("sends.orders.json")[0])
    result = PROVIDER.read_sent(order, SENDING, HttpAnswer(status, body, AT))
    assert isinstance(result, Taken) is (status == 200 and b"smsid" in body.lower())
