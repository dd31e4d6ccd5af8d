"""What every provider makes of every callback and every code, against files that only people change.

`tests/fixtures/<provider>/<kind>.requests.json` holds requests, `<kind>.expected.json` the events of each by name,
without what is the same in all of them and with what is personal but the payload. A missing expected file is written
by the test, which then fails: read the file, and commit it if it is right.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from delivery.events import Event, Source, decode, encode
from delivery.stages import CONCLUSIVE, SUCCESSES, Stage
from ingest.provider import ReceivesWebhooks, WithoutWebhooks
from ingest.providers import PROVIDERS
from ingest.webhook import WebhookRequest
from tests.ingest.providers.golden import FIXTURES, Case, hold

SAME_IN_ALL = ("received_at", "source", "provider")

Webhook = Callable[..., WebhookRequest]


RECEIVERS = {name: receiver for name, made in PROVIDERS.items() if isinstance(receiver := made(), ReceivesWebhooks)}


def files() -> list[Path]:
    return sorted(path for name in RECEIVERS for path in (FIXTURES / name).glob("*.requests.json"))


def cases(path: Path) -> Iterator[Case]:
    yield from json.loads(path.read_text(encoding="utf-8"))


def request_of(case: Case, webhook: Webhook) -> WebhookRequest:
    return webhook(
        case["body"].encode(case.get("encoding", "utf-8")),
        case["content_type"],
        method=case.get("method", "POST"),
        query=case.get("query", ""),
    )


def parsed(path: Path, webhook: Webhook) -> Iterator[tuple[Case, WebhookRequest, list[Event]]]:
    provider = RECEIVERS[path.parent.name]
    for case in cases(path):
        request = request_of(case, webhook)
        yield case, request, list(provider.parse(request))


def shown(event: Event) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(event)
    for field in SAME_IN_ALL:
        del built[field]
    built["personal"].pop("raw")
    built["personal"].pop("content_type", None)
    built["payload"]["sha256"] = built["payload"]["sha256"][:8]
    return built


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_every_request_makes_exactly_the_expected_events(path: Path, webhook: Webhook) -> None:
    made = ((case["name"], [shown(event) for event in events]) for case, _, events in parsed(path, webhook))
    hold(path.with_name(path.name.replace(".requests.", ".expected.")), made)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_has_fixtures_and_every_code_one(name: str, webhook: Webhook) -> None:
    paths = sorted((FIXTURES / name).glob("*.requests.json"))
    assert paths, f"{name} has no fixtures: add tests/fixtures/{name}/<kind>.requests.json"
    provider = PROVIDERS[name]()
    if isinstance(provider, ReceivesWebhooks):
        seen = {event.code for path in paths for _, _, events in parsed(path, webhook) for event in events}
    else:
        seen = {case["code"] for path in paths for case in cases(path)}
    assert set(provider.codes) - seen == set(), "codes without a fixture"


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.name.split('.')[0]}")
def test_events_keep_the_exact_payload_and_survive_storage(path: Path, webhook: Webhook) -> None:
    provider = RECEIVERS[path.parent.name]
    for case, request, events in parsed(path, webhook):
        whole = request.body or request.query.encode()
        for event in events:
            assert event.provider == path.parent.name
            assert event.source is Source.WEBHOOK
            assert event.received_at == request.received_at
            assert event.personal.content_type == request.content_type
            assert event.personal.raw in whole, case["name"]
            if event.payload.count == 1:
                assert event.personal.raw == whole, case["name"]
            assert decode(encode(event)) == event
        assert events == list(provider.parse(request)), "the same payload twice is the same events"


@pytest.mark.parametrize("name", PROVIDERS)
def test_exactly_what_is_conclusive_is_final(name: str) -> None:
    for code, outcome in PROVIDERS[name].codes.items():
        assert outcome.final is (outcome.stage in CONCLUSIVE), code
        failed = outcome.stage in CONCLUSIVE - SUCCESSES
        assert not failed or outcome.reason is not None, f"{code} fails without a reason"
        assert outcome.timed or outcome.stage in SUCCESSES, f"{code} is no delivery that could be timed"
        assert outcome.text, f"{code} says nothing"
        assert outcome.stage is not Stage.DELIVERED or outcome.reason is None, code


def test_a_provider_says_why_it_has_no_webhooks() -> None:
    for name, provider_type in PROVIDERS.items():
        provider = provider_type()
        assert isinstance(provider, ReceivesWebhooks) is not isinstance(provider, WithoutWebhooks), name
        assert provider.name == name
        assert provider.channels
