import asyncio

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ingest.publisher import NotPublished
from ingest.responses import SECURITY_HEADERS


async def test_alive_and_ready(edge):
    assert (await edge.client.get("/livez")).status_code == 200
    assert (await edge.client.get("/readyz")).status_code == 200


async def test_not_ready_says_why_and_stays_alive(edge):
    edge.publisher.refuses_with = NotPublished("unreachable")
    answer = await edge.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["troubles"] == {"kafka": "unreachable"}
    assert (await edge.client.get("/livez")).status_code == 200
    assert "acuse_ingest_kafka_ready 0.0" in (await edge.client.get("/metrics")).text


async def test_what_is_counted(edge):
    await edge.webhook(b'[{"id": "m1", "code": "ok"}, {"id": "m2", "code": "no"}]')
    await edge.webhook(b"garbage")
    await edge.client.post("/webhooks/34600000000", content=b"x")
    await edge.report({"provider": "courier", "ref": "r1", "channel": "sms", "to": "+34600000000"})
    metrics = (await edge.client.get("/metrics")).text
    for line in (
        'acuse_ingest_requests_total{outcome="accepted",provider="courier"} 2.0',
        'acuse_ingest_requests_total{outcome="unreadable",provider="courier"} 1.0',
        'acuse_ingest_requests_total{outcome="not_found",provider="none"} 1.0',
        'acuse_ingest_events_total{kind="status",provider="courier",stage="delivered"} 1.0',
        'acuse_ingest_events_total{kind="send",provider="courier",stage="queued"} 1.0',
        "acuse_ingest_publish_seconds_count 3.0",
        "acuse_ingest_in_flight 0.0",
        "acuse_ingest_kafka_ready 1.0",
    ):
        assert line in metrics
    assert "34600000000" not in metrics


async def test_unknown_codes_are_bounded_and_never_a_number(edge):
    await asyncio.gather(*(edge.webhook(b'{"id": "m", "code": "c%d"}' % code) for code in range(7)))
    for batch in range(0, 120, 6):
        await asyncio.gather(*(edge.webhook(b'{"id": "m", "code": "d%d"}' % (batch + code)) for code in range(6)))
    await edge.webhook(b'{"id": "m", "code": "34600000000"}')
    lines = [line for line in (await edge.client.get("/metrics")).text.splitlines() if "unknown_codes_total{" in line]
    assert len(lines) == 101
    assert not any("34600000000" in line for line in lines)
    assert 'acuse_ingest_unknown_codes_total{code="other",provider="courier"} 28.0' in lines


@pytest.mark.parametrize(
    "path",
    [
        *("/livez", "/readyz", "/metrics", "/openapi.json", "/nowhere", "/webhooks/nobody"),
        *("/v1/sends", "/v1/messages", "/v1/messages/1", "/v1/messages/1/settle", "/v1/segments"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_every_answer_is_guarded_and_errors_are_json(edge, path, method):
    answer = await edge.client.request(method, path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    if answer.status_code >= 400:
        assert answer.json()["error"]


async def test_the_description_is_valid_and_names_every_route(edge):
    answer = await edge.client.get("/openapi.json")
    document = answer.json()
    OpenAPIV31SpecValidator(document).validate()
    assert set(document["paths"]) == {
        "/webhooks/courier",
        "/webhooks/hermit",
        "/v1/messages",
        "/v1/messages/{message_id}",
        "/v1/messages/{message_id}/settle",
        "/v1/segments",
        "/v1/sends",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
    }
    assert set(document["paths"]["/webhooks/courier"]) == {"get", "post"}
    assert "it is asked instead" in str(document["paths"]["/webhooks/hermit"])


async def test_an_unexpected_error_is_500_without_a_traceback(open_edge, caplog):
    def broken_clock():
        raise RuntimeError("+34" + "600000000")

    async with open_edge(clock=broken_clock) as edge:
        answer = await edge.webhook(b"{}")
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error"}
    assert "RuntimeError" in caplog.text
    assert "+34600000000" not in caplog.text


async def test_the_description_has_what_each_provider_alone_takes(open_edge, senders):
    async with open_edge(providers=senders) as edge:
        document = (await edge.client.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]
    body = schemas["MessageBody"]
    assert {"enum": ["debtor", "runner", "stranger"]} in body["properties"]["provider"]["anyOf"]
    assert {"$ref": "#/components/schemas/runner.RunnerOptions"} in body["properties"]["options"]["anyOf"]
    assert set(schemas["runner.RunnerOptions"]["properties"]) == {"urgent", "floor", "mood"}
    assert all(field["description"] for field in body["properties"].values())
    message = {"to": "+34600000000", "channel": "sms", "provider": "runner", "text": "Hola", "options": {"floor": 2}}
    validator = OAS31Validator({"$ref": "#/components/schemas/MessageBody", "components": document["components"]})
    assert validator.is_valid(message)
    assert not validator.is_valid({**message, "txt": "Hola"})
