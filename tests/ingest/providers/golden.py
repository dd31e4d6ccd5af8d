"""What every provider is asked, and what its answers mean, as `tests/fixtures/<provider>/` has it.

`<kind>.cases.json` has the cases of a kind, `<kind>.expected.json` what is made of each by its title: files that only
people change. A missing expected file is written, and the test then fails: read the file, commit it if it is right.

- `sends`: `name`, `order`; expected is the call.
- `answers`: `ask` (sent, polled, cancelled, looked up, listed), `name`, `status`, `body`, and `headers` beside JSON's;
  the `order` that was sent or is looked up; the `cursor` of a list. Expected is what the answer means.
- `operations`: `operation`, `name`, and either `parameters`, expected is the call, or `status` and `body`, expected is
  what is shown.
- `unsendable`: `field`, `order`; nothing is expected but that `check` names the field.

`target.json` is the attempt that is polled and cancelled. A case changes of it what it has under `target`, and under
`account` what it has of the account.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from delivery.decisions import Target
from delivery.events import Event, decode, encode
from delivery.orders import Order
from ingest.accounts import Account
from ingest.operations import OperationFailed
from ingest.outbound import JSON, AskNext, HttpAnswer, HttpCall, Sending, Taken, Told
from ingest.providers import PROVIDERS

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"
AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE: Final = "01931f7e-3c00-7abc-8def-0123456789ab"
IN_DOUBT_SINCE: Final = AT - timedelta(minutes=10)
SAME_IN_ALL: Final = ("provider", "received_at", "payload", "source")
NOT_SHOWN: Final = ("raw", "content_type", "request")

Case = Mapping[str, Any]


def cases(name: str, kind: str) -> list[dict[str, Any]]:
    """Empty where the provider has no such file."""
    path = FIXTURES / name / f"{kind}.cases.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found


def case_named(name: str, kind: str, wanted: str) -> dict[str, Any]:
    return next(case for case in cases(name, kind) if case["name"] == wanted)


def expected(name: str, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / name / f"{kind}.expected.json").read_text(encoding="utf-8"))
    return found


def hold(path: Path, made: Iterable[tuple[str, Any]]) -> None:
    """Fails unless the expected file at `path` says the same, title by title, in the same order."""
    listed = list(made)
    found = dict(listed)
    assert len(found) == len(listed), "a title is there twice"
    if not path.exists():
        lines = (f" {written(key)}: {written(value)}" for key, value in found.items())
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        pytest.fail(f"{path.name} was missing and is written now: read it, and commit it if it is right")
    wanted = json.loads(path.read_text(encoding="utf-8"))
    assert list(found) == list(wanted)
    for key, value in found.items():
        assert value == wanted[key], key


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def title(case: Case) -> str:
    about = case.get("ask") or case.get("operation")
    return f"{about}: {case['name']}" if about else str(case["name"])


def account_of(name: str, case: Case | None = None) -> Account:
    """The same for every provider, but for what a case says of its `account`."""
    account = Account(
        name,
        base_url="https://provider.example.com/api",
        callback_url=f"https://hooks.example.com/webhooks/{name}",
        callback_username="us er",
        callback_password="p@ss/w:rd",
        credentials={field: f"my {field}" for field in PROVIDERS[name].credential_fields},
    )
    return replace(account, **(case or {}).get("account", {}))


def sending_of(name: str, case: Case | None = None) -> Sending:
    return Sending(MESSAGE, f"{MESSAGE}.1", account_of(name, case), AT)


def target_of(name: str, case: Case | None = None) -> Target:
    """That of `target.json`, but for what a case says of its `target`."""
    told = json.loads((FIXTURES / name / "target.json").read_text(encoding="utf-8"))
    return msgspec.convert({"provider": name, **told, **(case or {}).get("target", {})}, Target)


def order_of(case: Case) -> Order:
    return msgspec.convert(case["order"], Order)


def answer_of(case: Case) -> HttpAnswer:
    headers = {"content-type": JSON, **case.get("headers", {})}
    return HttpAnswer(case["status"], case["body"].encode(), AT, headers)


def asked(name: str, case: Case) -> Any:
    """The call that an order makes."""
    provider: Any = PROVIDERS[name]()
    order, sending = order_of(case), sending_of(name, case)
    provider.check(order)
    call = provider.send_call(order, sending)
    assert call == provider.send_call(order, sending), "the same order is the same request"
    return shown_call(call)


def read(name: str, case: Case) -> object:
    """What the provider's answer to a case's `ask` means; its ability decides which asks there may be."""
    provider: Any = PROVIDERS[name]()
    answer = answer_of(case)
    match case["ask"]:
        case "sent":
            return provider.read_sent(order_of(case), sending_of(name, case), answer)
        case "looked up":
            return provider.read_looked_up(order_of(case), sending_of(name, case), IN_DOUBT_SINCE, answer)
        case "polled":
            return provider.read_polled(target_of(name, case), answer)
        case "cancelled":
            return provider.read_cancelled(target_of(name, case), answer)
        case "listed":
            return provider.read_listed(account_of(name, case), case.get("cursor"), answer)
    raise AssertionError(f"{case['ask']} is nothing that a provider answers")


def operated(name: str, case: Case) -> Any:
    """The call that an operation's parameters make, or what its answer shows."""
    provider: Any = PROVIDERS[name]()
    operation = provider.operations[case["operation"]]
    if "parameters" in case:
        return shown_call(operation.call(msgspec.convert(case["parameters"], operation.parameters)))
    try:
        return operation.read(answer_of(case))
    except OperationFailed as failed:
        return f"failed: {failed}"


def shown_call(call: HttpCall) -> dict[str, Any]:
    """Without what is secret in it."""
    shown: dict[str, Any] = {"method": call.method, "path": call.path}
    if call.query:
        shown["query"] = dict(call.query)
        assert len(shown["query"]) == len(call.query)
    if call.headers:
        shown["headers"] = dict(call.headers)
    body = call.shown().partition(b"\n\n")[2]
    if call.content_type == JSON:
        return {**shown, "body": json.loads(body)}
    return {**shown, "content_type": call.content_type, "body": body.decode()} if body else shown


def shown(result: object) -> Any:
    if isinstance(result, Taken):
        return {"Taken": [shown_event(event) for event in result.sends]}
    if isinstance(result, Told):
        told = {"Told": [shown_event(event) for event in result.events]}
        unlike = {field: getattr(result, field) for field in ("cursor", "ends_where_known")}
        return told | {field: value for field, value in unlike.items() if value != getattr(Told([]), field)}
    if isinstance(result, AskNext):
        return {"AskNext": shown_call(result.call)}
    assert is_dataclass(result)
    assert not isinstance(result, type)
    return {type(result).__name__: asdict(result)}


def shown_event(event: Event) -> dict[str, Any]:
    assert decode(encode(event)) == event
    built: dict[str, Any] = msgspec.to_builtins(event)
    for field in SAME_IN_ALL:
        del built[field]
    for field in NOT_SHOWN:
        built["personal"].pop(field, None)
    return built
