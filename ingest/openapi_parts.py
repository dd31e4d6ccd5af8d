"""What the descriptions of all routes have in common."""

from collections.abc import Mapping
from typing import Any, Final

from ingest.config import IngestConfig
from ingest.responses import RETRY_AFTER_SECONDS

SCHEMAS: Final = "#/components/schemas/"
RETRY: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "const": RETRY_AFTER_SECONDS}}}


def limits(config: IngestConfig) -> dict[str, Any]:
    """The answers to what is too slow, too large, or comes at a bad time."""
    return {
        "408": error(f"The body did not arrive within {config.body_timeout_seconds:g} s."),
        "413": error(f"The body is over {config.body_limit_bytes} bytes."),
        "500": error("An error of ours."),
        "503": {**error("Kafka cannot take it at present; nothing was accepted. Send it again."), "headers": RETRY},
    }


def error(description: str) -> dict[str, Any]:
    return {"description": description, "content": json_of("Error")}


def json_of(schema: str) -> dict[str, Any]:
    """The content of a body that a named schema describes."""
    return {"application/json": {"schema": {"$ref": SCHEMAS + schema}}}


def object_of(properties: Mapping[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
