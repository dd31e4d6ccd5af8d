"""What the OpenAPI document says of the parameters of what comes in live."""

from typing import Any, Final

from dashboards.answers import EventKind
from dashboards.parameters import DEFAULT_LIMIT, LARGEST_LIMIT
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
    "limit": {
        "type": "integer",
        "minimum": 1,
        "maximum": LARGEST_LIMIT,
        "default": DEFAULT_LIMIT,
        "description": "how many events at most",
    },
}
