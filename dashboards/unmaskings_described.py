"""What the API's description says of the list of unmaskings."""

from typing import Any, Final

from dashboards.access.people import UNMASKINGS
from dashboards.openapi_parts import CURSOR, MOMENT, in_query, operation
from dashboards.parameters import LARGEST_LIMIT, LONGEST_TEXT
from dashboards.unmaskings_listed import ListedUnmaskings

SHOWN: Final[dict[str, dict[str, Any]]] = {
    "who": {"type": "string", "maxLength": LONGEST_TEXT, "description": "shown to whoever signs in by this name"},
    "message_id": {"type": "string", "format": "uuid", "description": "shown of this message"},
    "from": {**MOMENT, "description": "shown at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "shown before this time"},
    "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "description": "how many at most"},
    "cursor": CURSOR,
}


def unmasking_paths() -> dict[str, Any]:
    summary = "To whom numbers and texts were shown, of which messages and why, the latest first; for auditors"
    return {UNMASKINGS: {"get": operation(summary, ListedUnmaskings, parameters=in_query(SHOWN))}}
