"""The description of these routes in OpenAPI 3.1, made of the same tables that the routes are made of."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from delivery.channels import Channel
from ingest.config import IngestConfig
from ingest.notify.openapi import notice_schemas, notice_webhooks
from ingest.openapi_messages import message_paths, message_schemas
from ingest.openapi_parts import SCHEMAS, error, json_of, limits, object_of
from ingest.provider import Provider, ReceivesWebhooks, WithoutWebhooks
from ingest.reported import LONGEST, NUMBERS_TOO, REQUIRED, STAGES
from ingest.sends import MOST_AT_ONCE

_MEANINGS: Final[Mapping[str, str]] = {
    "provider": "Through whom it was sent.",
    "ref": "The provider's own id of the message, as its response gave it.",
    "channel": "On which channel.",
    "to": "The recipient's number in E.164 with its plus sign; on the channel email, the address.",
    "from": "The sender that the recipient sees.",
    "sender": "Another name for `from`.",
    "text": "What was sent.",
    "message_id": "Your UUID for the message, to tie several attempts together; without it we derive one.",
    "reference": "A reference of your own, kept beside the attempt.",
    "sent_at": "When the provider took it: ISO 8601 with a zone.",
    "scheduled_for": "For stage `scheduled`: when the provider is to send it, ISO 8601 with a zone.",
    "stage": "What the provider made of it at once.",
    "code": "The provider's own code in its response.",
}


def openapi_document(providers: Mapping[str, type[Provider]], config: IngestConfig) -> dict[str, Any]:
    """The whole document, for these providers and limits."""
    paths: dict[str, Any] = {}
    for name, provider_type in sorted(providers.items()):
        paths[f"/webhooks/{name}"] = _webhook_path(name, provider_type(), config)
    paths |= message_paths(config)
    paths["/v1/sends"] = {"post": _sends_operation(config)}
    for path, summary in (
        ("/livez", "The process is alive"),
        ("/readyz", "Events can be published"),
        ("/metrics", "Metrics in Prometheus's text format"),
        ("/openapi.json", "This document"),
    ):
        paths[path] = {"get": _health_operation(path, summary)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Acuse ingest",
            "version": version("acuse"),
            "summary": "Sending messages, delivery receipts from providers, and sends that others made.",
            "description": "A 2xx answer means that Kafka has everything that the request told.",
        },
        "paths": paths,
        "webhooks": notice_webhooks(),
        "components": {
            "securitySchemes": {
                "callback": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {
                "Error": object_of({"error": {"type": "string"}, "field": {"type": "string"}}, ("error",)),
                "Send": _send_schema(providers),
                "Accepted": _accepted_schema(),
                **message_schemas(providers),
                **notice_schemas(),
            },
        },
    }


def _webhook_path(name: str, provider: Provider, config: IngestConfig) -> dict[str, Any]:
    if not isinstance(provider, ReceivesWebhooks):
        because = provider.no_webhooks_because if isinstance(provider, WithoutWebhooks) else ""
        responses = {"404": error(f"{provider.title} never calls: {because}")}
        return {
            "post": {"operationId": f"webhook_{name}", "summary": f"{provider.title} has none", "responses": responses}
        }
    return {
        method.lower(): _webhook_operation(name, method, provider.title, config)
        for method in sorted(provider.webhook_methods)
    }


def _webhook_operation(name: str, method: str, title: str, config: IngestConfig) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"webhook_{name}" if method == "POST" else f"webhook_{name}_{method.lower()}",
        "summary": f"{title}'s callbacks, as {title} documents them",
        "security": [{"callback": []}],
        "responses": {
            "204": {"description": "Kafka has acknowledged every event of the request."},
            "400": error("Unreadable. The payload was kept and can be read again after a mend."),
            "401": error("Credentials missing or wrong."),
            **limits(config),
        },
    }
    if method != "GET":
        operation["requestBody"] = {"content": {"*/*": {}}}
    return operation


def _sends_operation(config: IngestConfig) -> dict[str, Any]:
    one = {"$ref": f"{SCHEMAS}Send"}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_AT_ONCE}
    return {
        "operationId": "report_sends",
        "summary": "Report sends that you made yourself, so that they are tracked",
        "description": "All of a request's sends are accepted, or none. The same send reported twice is one send.",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": [one, many]}}}},
        "responses": {
            "202": {
                "description": "Kafka has acknowledged every send, in the order given.",
                "content": json_of("Accepted"),
            },
            "400": error("Not JSON."),
            "401": error("No token, or an unknown one."),
            "422": error("A field is at fault: `field` says which, as `[3].to` in a list."),
            **limits(config),
        },
    }


def _health_operation(path: str, summary: str) -> dict[str, Any]:
    media = "text/plain" if path == "/metrics" else "application/json"
    responses: dict[str, Any] = {"200": {"description": summary, "content": {media: {}}}}
    if path == "/readyz":
        responses["503"] = error("Not ready; `troubles` says why, by part.")
    return {"operationId": path.strip("/").partition(".")[0], "summary": summary, "responses": responses}


def _send_schema(providers: Mapping[str, type[Provider]]) -> dict[str, Any]:
    properties = {name: _field_schema(name, longest) for name, longest in LONGEST.items()}
    properties["provider"]["enum"] = sorted(providers)
    properties["channel"]["enum"] = [channel.value for channel in Channel]
    properties["stage"].update(enum=[stage.value for stage in STAGES], default=STAGES[0].value)
    for name in ("sent_at", "scheduled_for"):
        properties[name]["format"] = "date-time"
    properties["message_id"]["format"] = "uuid"
    return object_of(properties, REQUIRED)


def _field_schema(name: str, longest: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": _MEANINGS[name], "type": "string", "maxLength": longest}
    if name in NUMBERS_TOO:
        schema["type"] = ["string", "integer"]
    return schema


def _accepted_schema() -> dict[str, Any]:
    receipt = {name: {"type": "string"} for name in ("provider", "ref", "message_id", "event_id")}
    return object_of({"sends": {"type": "array", "items": object_of(receipt, tuple(receipt))}}, ("sends",))
