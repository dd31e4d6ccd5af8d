"""What Altiria and AI Number are asked, and what their answers mean, against files that only people change.

For each: `sends.orders.json` has an order for every parameter, `answers.cases.json` an answer for every outcome of
every question, `unsendable.cases.json` what `check` must refuse, `operations.cases.json` every operation with every
parameter. A missing expected file is written by the test, which then fails: read it, and commit it if it is right.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Event, decode, encode
from delivery.orders import Order
from ingest.accounts import Account
from ingest.outbound import AskNext, HttpAnswer, HttpCall, Sending, Taken, Told
from ingest.providers.ainumber import AiNumber
from ingest.providers.altiria import Altiria
from ingest.unsendable import Unsendable

FIXTURES = Path(__file__).parents[2] / "fixtures"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE = "01931f7e-3c00-7abc-8def-0123456789ab"
SECRETS = {"login": "us er", "password": "s3cret", "api_key": "key", "api_secret": "s3cret"}
GATEWAY = Account("altiria", base_url="https://example.com/apirest/ws/", credentials=SECRETS)
PROVIDERS = {"altiria": Altiria(), "ainumber": AiNumber()}
ACCOUNTS = {name: Account(name, credentials=SECRETS) for name in PROVIDERS}
TARGETS = {
    "altiria": Target(provider="altiria", ref="102648819", channel=Channel.SMS, recipient="+34600000000"),
    "ainumber": Target(
        provider="ainumber", ref="m-1", channel=Channel.WHATSAPP, handle="c-1", recipient="+34600000000"
    ),
}
FILES = ("sends.orders", "answers.cases", "gateway.cases", "operations.cases")
BARE = ("provider", "received_at", "payload", "source")

Case = Mapping[str, Any]


def cases(name: str, file: str) -> list[dict[str, Any]]:
    path = FIXTURES / name / f"{file}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def all_of(file: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}-{case.get('name') or case['field']}")
        for name in PROVIDERS
        for case in cases(name, file)
    ]


def sending_of(name: str, account: Account | None = None) -> Sending:
    return Sending(MESSAGE, f"{MESSAGE}.1", account or ACCOUNTS[name], AT)


def order_of(case: Case) -> Order:
    return msgspec.convert(case["order"], Order)


def answer_of(case: Case) -> HttpAnswer:
    headers = {"content-type": "application/json", **case.get("headers", {})}
    return HttpAnswer(case["status"], case["body"].encode(), AT, headers)


def read(name: str, case: Case) -> object:
    provider, answer, target = PROVIDERS[name], answer_of(case), TARGETS[name]
    match case["ask"]:
        case "sent":
            return provider.read_sent(order_of(case), sending_of(name), answer)
        case "gateway":
            return provider.read_sent(order_of(case), sending_of(name, GATEWAY), answer)
        case "polled without a conversation":
            return provider.read_polled(msgspec.structs.replace(target, handle=None), answer)
        case "polled":
            return provider.read_polled(target, answer)
        case _:
            assert isinstance(provider, AiNumber)
            return provider.read_looked_up(order_of(case), sending_of(name), AT - timedelta(minutes=10), answer)


def shown_call(call: HttpCall) -> dict[str, Any]:
    shown: dict[str, Any] = {"method": call.method, "path": call.path}
    if call.query:
        shown["query"] = dict(call.query)
    if call.body:
        assert call.content_type == "application/json"
        shown["body"] = json.loads(call.body)
    return shown


def shown_event(event: Event) -> dict[str, Any]:
    assert decode(encode(event)) == event
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
    if isinstance(result, AskNext):
        return {"AskNext": shown_call(result.call)}
    assert is_dataclass(result)
    assert not isinstance(result, type)
    return {type(result).__name__: asdict(result)}


def asked(name: str, case: Case) -> Any:
    provider, order = PROVIDERS[name], order_of(case)
    provider.check(order)
    call = provider.send_call(order, sending_of(name))
    assert call == provider.send_call(order, sending_of(name)), "the same order is the same request"
    return shown_call(call)


def operated(name: str, case: Case) -> Any:
    operation = PROVIDERS[name].operations[case["operation"]]
    call = operation.call(msgspec.convert(case["parameters"], operation.parameters))
    return shown_call(call)


MADE_BY: Mapping[str, Callable[[str, Case], Any]] = {
    "sends.orders": asked,
    "operations.cases": operated,
    "answers.cases": lambda name, case: shown(read(name, case)),
    "gateway.cases": lambda name, case: shown(read(name, case)),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", PROVIDERS)
def test_every_call_and_every_answer_is_as_expected(name: str, file: str) -> None:
    found = cases(name, file)
    made = {f"{case.get('ask', '')} {case['name']}".strip(): MADE_BY[file](name, case) for case in found}
    assert len(made) == len(found), "a name is there twice"
    path = FIXTURES / name / f"{file.partition('.')[0]}.expected.json"
    if found and not path.exists():
        lines = (f" {json.dumps(key, ensure_ascii=False)}: {json.dumps(made[key], ensure_ascii=False)}" for key in made)
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is written now: read it, and commit it if it is right")
    expected = json.loads(path.read_text(encoding="utf-8")) if found else {}
    assert list(made) == list(expected)
    for key, value in made.items():
        assert value == expected[key], key


@pytest.mark.parametrize(("name", "case"), all_of("unsendable.cases"))
def test_what_cannot_be_sent_is_refused_by_its_field(name: str, case: Case) -> None:
    with pytest.raises(Unsendable) as refused:
        PROVIDERS[name].check(order_of(case))
    assert refused.value.field == case["field"]
    assert refused.value.remedy
    assert "34600000000" not in str(refused.value)


@pytest.mark.parametrize(("name", "case"), all_of("answers.cases"))
def test_what_was_refused_or_is_unclear_names_nobody(name: str, case: Case) -> None:
    result = read(name, case)
    if not isinstance(result, Taken | Told | AskNext):
        assert "600000000" not in str(result)
        assert "4711" not in str(result)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_operation_and_every_parameter_has_a_case(name: str) -> None:
    given: dict[str, set[str]] = {}
    for case in cases(name, "operations.cases"):
        given.setdefault(case["operation"], set()).update(case["parameters"])
    expected = {key: set(each.parameters.__struct_fields__) for key, each in PROVIDERS[name].operations.items()}
    assert given == expected


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_option_has_a_case(name: str) -> None:
    given = {option for case in cases(name, "sends.orders") for option in case["order"]["personal"].get("options", {})}
    assert given == set(PROVIDERS[name].options.__struct_fields__)
