"""Notices in OpenAPI 3.1: what the caller's application is to answer to."""

from typing import Any, Final

import msgspec

from ingest.notify.bodies import Body

PREFIX: Final = "Notice"
"""Of schemas' names: notices have words of their own."""

_HEADERS: Final = {
    "webhook-id": "Names the notice: the same again is the same notice, and is to be acted on once.",
    "webhook-timestamp": "When this try was made, in seconds since 1970.",
    "webhook-signature": "One or more of `v1,<base64>`, by spaces: HMAC-SHA256 of `<id>.<timestamp>.<body>` by each of "
    "[notify] secrets.",
}


def notice_webhooks() -> dict[str, Any]:
    """The `webhooks` of the document; its schemas are `notice_schemas`."""
    (schema,), _ = _schemas()
    return {
        "notice": {
            "post": {
                "operationId": "notice",
                "summary": "What became of a message, told to your application",
                "description": "Signed as Standard Webhooks 1.0.0 asks for; any of its libraries verifies it. Notices "
                "come in any order, and more than once.",
                "parameters": [
                    {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
                    for name, said in _HEADERS.items()
                ],
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                "responses": {
                    "2XX": {"description": "Taken."},
                    "410": {"description": "No more notices are wanted: none is sent until [notify] is changed."},
                    "default": {"description": "Not taken: it is tried again, and not before `Retry-After`."},
                },
            }
        }
    }


def notice_schemas() -> dict[str, Any]:
    _, schemas = _schemas()
    return {f"{PREFIX}{name}": schema for name, schema in schemas.items()}


def _schemas() -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    return msgspec.json.schema_components([Body], ref_template=f"#/components/schemas/{PREFIX}{{name}}")
