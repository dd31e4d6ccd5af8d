"""The description of `/v1/messages` and `/v1/segments`, made of the types that their bodies are read as."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from delivery.segmentation import Segmentation
from ingest.config import IngestConfig
from ingest.message_body import MessageBody
from ingest.message_receipts import MessageReceipt
from ingest.messages import KEY_HEADER, LONGEST_KEY, MOST_AT_ONCE, SegmentsBody, SettleBody
from ingest.openapi_parts import RETRY, SCHEMAS, error, json_of, limits, object_of
from ingest.provider import Provider, SendsMessages

_PATH_ID: Final = {
    "name": "message_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_KEY: Final = {
    "name": KEY_HEADER,
    "in": "header",
    "description": (
        "Makes the message's id, together with your token and its place in the list: the same key again is the same "
        "message, sent once, as it was asked for first."
    ),
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}
_SECURITY: Final[list[dict[str, list[str]]]] = [{"token": []}]


def message_paths(config: IngestConfig) -> dict[str, Any]:
    return {
        "/v1/messages": {"post": _send_operation(config)},
        "/v1/messages/{message_id}": {"delete": _cancel_operation(config)},
        "/v1/messages/{message_id}/settle": {"post": _settle_operation(config)},
        "/v1/segments": {"post": _segments_operation(config)},
    }


def message_schemas(providers: Mapping[str, type[Provider]]) -> dict[str, Any]:
    schemas = _components((MessageBody, SettleBody, SegmentsBody, Segmentation, MessageReceipt), "")
    senders = {name: found for name, kind in providers.items() if isinstance(found := kind(), SendsMessages)}
    schemas["MessageBody"]["anyOf"] = [{"required": ["channel", "provider"]}, {"required": ["plan"]}]
    body = schemas["MessageBody"]["properties"]
    body["provider"] = {**_described(body["provider"]), "anyOf": [{"enum": sorted(senders)}, {"type": "null"}]}
    options: list[dict[str, Any]] = []
    for name, sender in sorted(senders.items()):
        schemas |= _components((sender.options,), f"{name}.")
        options.append({"$ref": f"{SCHEMAS}{name}.{sender.options.__name__}"})
    if options:
        # A plan's message may have them under the names of those who take them.
        each_under_its_name = {name: options[place] for place, name in enumerate(sorted(senders))}
        by_name = {"type": "object", "properties": each_under_its_name, "additionalProperties": False}
        body["options"]["anyOf"] = [*options, by_name]
    receipt = schemas["MessageReceipt"]["properties"]
    receipt["message_id"]["format"] = "uuid"
    each = {"type": "array", "items": {"$ref": f"{SCHEMAS}MessageReceipt"}}
    schemas["MessageReceipts"] = object_of({"messages": each}, ("messages",))
    schemas["Undecided"] = object_of(
        {"error": {"type": "string"}, "step": {"type": "integer"}, **receipt, "messages": each}, ("error",)
    )
    return schemas


def _described(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in schema.items() if name in {"description", "default"}}


def _components(types: tuple[type, ...], prefix: str) -> dict[str, Any]:
    """The schemas of structs and of whatever they are made of; unknown fields are refused in all of them."""
    _, found = msgspec.json.schema_components(types, ref_template=f"{SCHEMAS}{prefix}{{name}}")
    schemas = {}
    for name, schema in found.items():
        closed = {"additionalProperties": False} if "properties" in schema else {}
        schemas[prefix + name] = {**schema, **closed}
    return schemas


def _send_operation(config: IngestConfig) -> dict[str, Any]:
    one = {"$ref": f"{SCHEMAS}MessageBody"}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_AT_ONCE}
    receipts = {"oneOf": [{"$ref": f"{SCHEMAS}MessageReceipt"}, {"$ref": f"{SCHEMAS}MessageReceipts"}]}
    return {
        "operationId": "send_messages",
        "summary": "Send one message, or many",
        "description": "All messages of a request are accepted, or none.",
        "security": _SECURITY,
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"oneOf": [one, many]}}}},
        "responses": {
            "202": {
                "description": "Kafka has acknowledged every message, in the order given; each is sent from here on.",
                "content": {"application/json": {"schema": receipts}},
            },
            **_refusals(config),
        },
    }


def _cancel_operation(config: IngestConfig) -> dict[str, Any]:
    return {
        "operationId": "cancel_message",
        "summary": "Withdraw what of a message can still be withdrawn",
        "security": _SECURITY,
        "parameters": [_PATH_ID],
        "responses": {
            "202": {
                "description": "Kafka has acknowledged it. What comes of it is told by the message's attempts.",
                "content": json_of("MessageReceipt"),
            },
            **_refusals(config),
        },
    }


def _settle_operation(config: IngestConfig) -> dict[str, Any]:
    settled = object_of(
        {"message_id": {"type": "string", "format": "uuid"}, "step": {"type": "integer"}}, ("message_id", "step")
    )
    return {
        "operationId": "settle_message",
        "summary": "Tell what became of a step that was in doubt",
        "security": _SECURITY,
        "parameters": [_PATH_ID],
        "requestBody": {"required": True, "content": json_of("SettleBody")},
        "responses": {
            "202": {
                "description": "Kafka has acknowledged it.",
                "content": {"application/json": {"schema": settled}},
            },
            **_refusals(config),
        },
    }


def _segments_operation(config: IngestConfig) -> dict[str, Any]:
    return {
        "operationId": "segment_text",
        "summary": "How a text would be sent as SMS; nothing is sent",
        "security": _SECURITY,
        "requestBody": {"required": True, "content": json_of("SegmentsBody")},
        "responses": {
            "200": {
                "description": "Its encoding, its parts, and the characters that forced Unicode on it.",
                "content": json_of("Segmentation"),
            },
            **_refusals(config, publishes=False),
        },
    }


def _refusals(config: IngestConfig, *, publishes: bool = True) -> dict[str, Any]:
    """The 503 of these routes tells whether what was asked for may be done all the same."""
    unavailable = {
        "description": (
            "Kafka cannot take it at present. Where it names a message, that one may be sent all the same: repeat the "
            f"request with its {KEY_HEADER}, or look the message up first."
        )
        if publishes
        else "Too many bodies are being read at present.",
        "content": json_of("Undecided"),
        "headers": RETRY,
    }
    return {
        "400": error("Not JSON."),
        "401": error("No token, or an unknown one."),
        "422": error("A field is at fault: `field` says which, as `[3].to` in a list."),
        **limits(config),
        "503": unavailable,
    }
