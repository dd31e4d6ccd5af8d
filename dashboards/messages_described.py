"""What the API's description says of messages and attempts, and of how a listing is narrowed."""

from typing import Any, Final

from dashboards.answers import AttemptAnswer, AttemptCount, Listing, MessageAnswer
from dashboards.filters import LARGEST_STEP, AttemptOutcome
from dashboards.openapi_parts import (
    COUNTRY,
    CURSOR,
    FORMAT,
    LIMIT,
    MOMENT,
    in_files,
    in_path,
    in_query,
    operation,
    with_body,
)
from dashboards.parameters import LONGEST_SECONDS
from dashboards.search import LONGEST_SEARCH
from dashboards.unmasked_answers import UnmaskedAnswer
from dashboards.unmasking import LONGEST_WHY, SHORTEST_WHY
from delivery.channels import Channel
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Clock

TEXT: Final = {"type": "string"}
FLAG: Final = {"type": "boolean"}
SECONDS: Final = {"type": "number", "minimum": 0, "maximum": LONGEST_SECONDS}
LISTED_BY: Final[dict[str, dict[str, Any]]] = {
    "provider": {**TEXT, "description": "the provider's name, as in webhook addresses"},
    "channel": {"enum": list(Channel), "description": "the channel of an attempt"},
    "country": {**COUNTRY, "description": "the recipient's country, ISO 3166-1 alpha-2"},
    "sender": {**TEXT, "description": "the number or name that it was sent from"},
    "reference": {**TEXT, "description": "the caller's own reference"},
    "number_type": {
        "enum": list(NumberType),
        "description": "what kind of line the recipient's number is, by its country's numbering plan",
    },
    "carrier": {**TEXT, "description": "whose the recipient's number first was: a guess at whose it is"},
    "stage": {"enum": list(Stage), "description": "the stage at which an attempt stands"},
    "outcome": {
        "enum": list(AttemptOutcome),
        "description": "what an attempt came to so far, as reports count it",
    },
    "reason": {
        "enum": list(Reason),
        "description": "why an attempt failed or is held up; `unspecified` also where a failure came without any",
    },
    "code": {**TEXT, "description": "the provider's own code, of the stage at which an attempt stands"},
    "final": {**FLAG, "description": "whether nothing more is awaited of an attempt"},
    "replied": {**FLAG, "description": "whether somebody wrote back on an attempt"},
    "contradicted": {**FLAG, "description": "whether a failure was reported after a success, which stays"},
    "revised": {**FLAG, "description": "whether a success was reported after a failure, and took its place"},
    "step": {
        "type": "integer",
        "minimum": 0,
        "maximum": LARGEST_STEP,
        "description": "which of its message's steps an attempt is, where we sent it; from 1",
    },
    "seconds_from": {**SECONDS, "description": "attempts delivered in this many seconds or more"},
    "seconds_to": {**SECONDS, "description": "attempts delivered in fewer seconds"},
    "clock": {"enum": list(Clock), "description": "which clock an attempt's delivery time was read from"},
    "from": {**MOMENT, "description": "attempts first heard of at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "attempts first heard of before this time, ISO 8601 with zone"},
    "limit": {**LIMIT, "description": "how many messages at most"},
    "cursor": CURSOR,
}
IN_BODY: Final[dict[str, dict[str, Any]]] = {
    "recipient": {
        "type": "string",
        "pattern": r"^\+[1-9][0-9]{6,14}$",
        "description": "the recipient's number in E.164",
    },
    "search": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_SEARCH,
        "description": "any of these: the recipient's number, a message's id, a provider's id (of what covers many "
        "recipients, their common part too), the caller's reference, the exact text that was sent, or its SHA-256 in "
        "hexadecimal",
    },
}
"""What a URL must not have."""


def message_paths() -> dict[str, Any]:
    return {
        "/v1/attempts/{provider}/{ref}": {"get": _attempt()},
        "/v1/messages/{message_id}": {"get": _message()},
        "/v1/messages": {"get": _listing()},
        "/v1/messages/{message_id}/unmasked": {"post": _unmask()},
        "/v1/messages/count": {"get": _count()},
        "/v1/messages/search": {"post": _search()},
    }


def _attempt() -> dict[str, Any]:
    ref = (
        "the provider's id of the attempt; slashes need no escaping. Where an id covers many recipients, "
        "`id:number` is understood too"
    )
    return operation(
        "One attempt, with its events",
        AttemptAnswer,
        not_found="No event of such an attempt has come in",
        parameters=[in_path("provider", "the provider's name", TEXT), in_path("ref", ref, TEXT)],
    )


def _message() -> dict[str, Any]:
    return operation(
        "One message: what was asked, decided and called, and its attempts with their events",
        MessageAnswer,
        not_found="There is no such message",
        parameters=[in_path("message_id", "its id; one that was retired leads to the real one", {"format": "uuid"})],
    )


def _listing() -> dict[str, Any]:
    # As a file it has a row for each attempt.
    parameters = in_query({**LISTED_BY, "format": FORMAT})
    return in_files(operation("Messages, newest first", Listing, parameters=parameters))


def _count() -> dict[str, Any]:
    return operation(
        "How many attempts meet the filters of `/v1/messages`, as many as a report counts of them",
        AttemptCount,
        parameters=in_query(LISTED_BY),
    )


def _search() -> dict[str, Any]:
    return with_body(
        operation("Messages, newest first, by recipient too: a number never stands in a URL", Listing),
        {"type": "object", "properties": {**LISTED_BY, **IN_BODY}, "additionalProperties": False},
    )


def _unmask() -> dict[str, Any]:
    why = {
        "type": "string",
        "minLength": SHORTEST_WHY,
        "maxLength": LONGEST_WHY,
        "description": "what it is for, in one line",
    }
    return with_body(
        operation(
            "What is personal of a message, once it is recorded who asked for it and why; for auditors who signed in, "
            "with their session's form token in `X-Form-Token`",
            UnmaskedAnswer,
            not_found="There is no such message",
            parameters=[in_path("message_id", "its id", {"type": "string", "format": "uuid"})],
        ),
        {"type": "object", "properties": {"why": why}, "required": ["why"]},
    )
