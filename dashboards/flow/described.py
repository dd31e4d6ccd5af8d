"""What the API's description says of what flows: what is amiss, how far each part has come, what comes in live."""

from typing import Any, Final

from dashboards.answers import EventKind
from dashboards.flow.amiss import Amiss
from dashboards.flow.event_answers import LiveEvents
from dashboards.flow.pipeline_answers import Pipeline, Stored
from dashboards.openapi_parts import FORMAT, LIMIT, in_files, in_query, operation
from delivery.channels import Channel
from delivery.stages import Stage

EVENTS: Final[dict[str, dict[str, Any]]] = {
    "after": {
        "type": "string",
        "description": "the `next_cursor` of the answer before; without it, the newest are told",
    },
    "provider": {"type": "string", "description": "the provider that told it"},
    "channel": {"enum": list(Channel), "description": "the channel that it is of"},
    "kind": {"enum": list(EventKind), "description": "whether something was sent, became of it, or was written back"},
    "stage": {"enum": list(Stage), "description": "the stage that it says was reached"},
    "limit": {**LIMIT, "description": "how many events at most"},
}


def flow_paths() -> dict[str, Any]:
    amiss = operation("How many alerts are open at the moment, and how many messages in doubt", Amiss)
    pipeline = operation("How far behind each part is, what is stored and what is amiss", Pipeline)
    events = operation(
        "Events as they come in: the newest, or each that was stored since the answer before",
        LiveEvents,
        parameters=in_query(EVENTS),
    )
    stored = operation(
        "What is stored: of each table its rows, and of when the newest is",
        Stored,
        parameters=in_query({"format": FORMAT}),
    )
    return {
        "/v1/amiss": {"get": amiss},
        "/v1/pipeline": {"get": pipeline},
        "/v1/stored": {"get": in_files(stored)},
        "/v1/events": {"get": events},
    }
