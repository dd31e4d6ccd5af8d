"""The send API with the providers as they are: each can be sent through, on each of its channels."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from ingest.accounts import Account
from ingest.plans.reading import read_plan
from ingest.plans.resolving import PlanBook
from ingest.provider import Provider, SendsMessages
from ingest.providers import PROVIDERS

SENDERS = {name: found for name, kind in PROVIDERS.items() if isinstance(found := kind(), SendsMessages)}
PAIRS = [(name, channel) for name, sender in SENDERS.items() for channel in sorted(sender.sends_on)]
CONTENTS: Mapping[str, Mapping[str, Any]] = {
    "sms": {"text": "Hola"},
    "viber": {"text": "Hola"},
    "email": {"text": "Hola", "to": "ana@example.com", "sender": "acme@example.com", "options": {"subject": "Hola"}},
    "voice": {"voice": {"text": "Su código es uno, dos", "language": "es-ES"}},
    "whatsapp": {"template": {"name": "hello", "language": "es", "parameters": {"1": "Ana"}}},
}


ACCOUNTS = {
    name: Account(
        name, base_url="https://provider.example", credentials=dict.fromkeys(kind.credential_fields, "a-credential")
    )
    for name, kind in PROVIDERS.items()
}


@pytest.fixture
async def edge(open_edge) -> AsyncIterator[Any]:
    async with open_edge(providers=PROVIDERS, accounts=ACCOUNTS) as opened:
        yield opened


def test_all_providers_send() -> None:
    assert set(SENDERS) == set(PROVIDERS)


@pytest.mark.parametrize(("name", "channel"), PAIRS)
async def test_each_sends_on_each_of_its_channels(edge, name, channel):
    message = {"to": "+34600000000", "channel": channel, "provider": name, "reference": "r", **CONTENTS[channel]}
    answer = await edge.send([message])
    assert answer.status_code == 202, answer.text
    (request,) = edge.publisher.requests
    assert (request.order.provider, request.order.channel) == (name, channel)


@pytest.mark.parametrize("name", SENDERS)
async def test_each_refuses_an_option_that_it_does_not_know(edge, name):
    channel = min(SENDERS[name].sends_on)
    message = {"to": "+34600000000", "channel": channel, "provider": name, **CONTENTS[channel], "options": {"zzz": 1}}
    answer = await edge.send(message)
    assert (answer.status_code, answer.json()["field"]) == (422, "options.zzz"), answer.text


@pytest.mark.parametrize("name", SENDERS)
async def test_without_credentials_the_setting_is_named(open_edge, name):
    providers: Mapping[str, type[Provider]] = PROVIDERS
    channel = min(SENDERS[name].sends_on)
    message = {"to": "+34600000000", "channel": channel, "provider": name, **CONTENTS[channel]}
    async with open_edge(providers=providers, accounts={}) as edge:
        answer = await edge.send(message)
    assert (answer.status_code, answer.json()["field"]) == (422, "provider"), answer.text
    assert f"[providers.{name}]" in answer.json()["error"]


async def test_the_description_is_valid_and_has_all_their_options(edge):
    document = (await edge.client.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    body = document["components"]["schemas"]["MessageBody"]
    assert {"enum": sorted(SENDERS)} in body["properties"]["provider"]["anyOf"]
    *each, by_name = body["properties"]["options"]["anyOf"]
    assert len(each) == len(by_name["properties"]) == len(SENDERS)


VIBER_SMS = {
    "steps": [
        {"channel": "viber", "provider": "messente", "ttl": 120, "on": {"not_on_channel": "next"}},
        {"channel": "sms", "provider": ["mensatek", "messente"], "ttl": 3_600},
    ],
    "quiet": {"from": "22:00", "to": "08:00", "channels": ["sms"]},
}


async def test_a_plan_is_accepted_whole_and_its_steps_are_told(edge):
    message = {"to": "+34600000000", "text": "á" * 71, "sender": "ACME", "plan": VIBER_SMS}
    answer = await edge.send(message)
    assert answer.status_code == 202, answer.text
    (request,) = edge.publisher.requests
    assert answer.json() == {
        "message_id": request.message_id,
        "plan_version": request.plan.version,
        "steps": [
            {"step": 1, "channel": "viber", "providers": ["messente"], "ttl": 120},
            {
                "step": 2,
                "channel": "sms",
                "providers": ["mensatek", "messente"],
                "pick": "weighted",
                "ttl": 3600,
                "parts": 2,
                "encoding": "ucs2",
            },
        ],
        "quiet": {"zones": ["Atlantic/Canary", "Europe/Madrid"], "told": True},
    }
    assert request.order == request.plan.steps[0].choices[0].order
    schemas = (await edge.client.get("/openapi.json")).json()["components"]["schemas"]
    for name, instance in (("MessageBody", message), ("MessageReceipt", answer.json())):
        described = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        jsonschema.Draft202012Validator(described).validate(instance)


async def test_options_of_a_plan_are_described_as_they_are_taken(edge):
    options = {"mensatek": {"report": True}, "messente": {"autoconvert": "on"}}
    message = {"to": "+34600000000", "text": "Hola", "plan": VIBER_SMS, "contents": {"sms": {"options": options}}}
    assert (await edge.send(message)).status_code == 202
    schemas = (await edge.client.get("/openapi.json")).json()["components"]["schemas"]
    described = {"$ref": "#/components/schemas/MessageBody", "components": {"schemas": schemas}}
    validator = jsonschema.Draft202012Validator(described)
    assert validator.is_valid(message)
    assert validator.is_valid({**message, "options": options})
    assert not validator.is_valid({**message, "options": {"messente": {"autoconvrt": "on"}}})
    assert not validator.is_valid({"to": "+34600000000", "text": "Hola", "channel": "sms"})


async def test_an_account_that_is_not_configured_is_a_fault_of_its_step(open_edge):
    messente = Account("messente", credentials=dict.fromkeys(PROVIDERS["messente"].credential_fields, "a-credential"))
    async with open_edge(providers=PROVIDERS, accounts={"messente": messente}) as edge:
        answer = await edge.send([{"to": "+34600000000", "text": "Hola", "plan": VIBER_SMS}])
        best = {"steps": [{"channel": "sms", "provider": "best"}]}
        only = await edge.send({"to": "+34600000000", "text": "Hola", "plan": best})
    assert (answer.status_code, answer.json()["field"]) == (422, "[0].plan.steps[1].provider"), answer.text
    assert "mensatek: its account is not configured: [providers.mensatek]" in answer.json()["error"]
    assert only.json()["steps"][0]["providers"] == ["messente"]


async def test_plans_of_many_messages_are_bounded_together(open_edge):
    everybody = {"channel": "sms", "provider": ["altiria", "enviosms", "mensatek", "messente"]}
    book = PlanBook({"everybody": read_plan({"steps": [everybody] * 10})})
    message = {"to": "+34600000000", "text": "x" * 2_000, "plan": "everybody"}
    async with open_edge(
        providers=PROVIDERS, accounts=ACCOUNTS, book=book, body_limit_bytes=700_000, body_timeout_seconds=5
    ) as edge:
        answer = await edge.send([message] * 250)
        assert (answer.status_code, answer.json().get("field")) == (422, None), answer.text
        assert "give fewer at once" in answer.json()["error"]
        assert (await edge.send([message] * 20)).status_code == 202
        assert len(edge.publisher.requests) == 20
