"""What the API's description says of replies."""

from typing import Any, Final

from dashboards.openapi_parts import COUNTRY, CURSOR, LIMIT, MOMENT, in_query, operation
from dashboards.reply_answers import Replies
from delivery.channels import Channel
from delivery.number_types import NumberType

REPLIES: Final[dict[str, dict[str, Any]]] = {
    "provider": {"type": "string", "description": "the provider that it came through"},
    "channel": {"enum": list(Channel), "description": "the channel that it came on"},
    "country": {**COUNTRY, "description": "where the person is, ISO 3166-1 alpha-2"},
    "number_type": {"enum": list(NumberType), "description": "what kind of line the person's number is"},
    "carrier": {"type": "string", "description": "whose the person's number first was: a guess at whose it is"},
    "sender": {"type": "string", "description": "our own number or name, which the person wrote to"},
    "reference": {"type": "string", "description": "the caller's own reference"},
    "opt_out": {"type": "boolean", "description": "whether it is nothing but a word that wants no more"},
    "from": {**MOMENT, "description": "received at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "received before this time, ISO 8601 with zone"},
    "limit": {**LIMIT, "description": "how many replies at most"},
    "cursor": CURSOR,
}


def reply_paths() -> dict[str, Any]:
    summary = "What people wrote back, newest first, as the report on replies counts it"
    return {"/v1/replies": {"get": operation(summary, Replies, parameters=in_query(REPLIES))}}
