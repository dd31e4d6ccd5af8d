"""The OpenAPI 3.1 document of the query API, made from the answers' own types and the table of filters."""

import re
from functools import cache
from typing import Any, Final

import msgspec

from dashboards import (
    answers,
    replies_described,
    reply_answers,
    telling_answers,
    unmasked_answers,
    unmaskings_listed,
)
from dashboards.access.forms import LONGEST_BODY
from dashboards.access.people import UNMASKINGS, needed_role
from dashboards.decision_answers import DecisionKind, Decisions
from dashboards.decisions import MOST_STEPS
from dashboards.filters import LARGEST_STEP, AttemptOutcome
from dashboards.flow import event_answers, live_described, pipeline_answers
from dashboards.flow.amiss import Amiss
from dashboards.parameters import DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_SECONDS
from dashboards.reports.description import REPORT_TYPES, report_paths
from dashboards.reports.formats import MEDIA_TYPES, Format
from dashboards.search import LONGEST_SEARCH
from dashboards.unmasking import LONGEST_WHY, SHORTEST_WHY
from delivery.channels import Channel
from delivery.decisions import FailoverOutcome, Why
from delivery.health.alerts import AlertKind
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Clock

REFERENCE: Final = "#/components/schemas/{name}"
MOMENT: Final = {"type": "string", "format": "date-time"}
ERRORS: Final = {
    "400": "A parameter is not as it should be; `field` names it",
    "401": "Neither a valid token nor a session was shown",
    "403": "No token is configured; or whoever signed in has not the role, or sent no form token",
    "503": "ClickHouse cannot be asked now",
    "504": "The query took too long; the error says how to narrow it",
}
FORMAT: Final = {
    "enum": list(Format),
    "description": "how it is written; JSON unless this or the `Accept` header says else",
}
FILES: Final = tuple(media for form, media in MEDIA_TYPES.items() if form is not Format.JSON)
SECONDS: Final = {"type": "number", "minimum": 0, "maximum": LONGEST_SECONDS}
SEARCH: Final[dict[str, dict[str, Any]]] = {
    "provider": {"type": "string"},
    "channel": {"enum": list(Channel)},
    "country": {"type": "string", "pattern": "^[A-Za-z]{2}$"},
    "sender": {"type": "string"},
    "reference": {"type": "string"},
    "number_type": {"enum": list(NumberType)},
    "carrier": {"type": "string"},
    "stage": {"enum": list(Stage)},
    "outcome": {"enum": list(AttemptOutcome)},
    "reason": {"enum": list(Reason)},
    "code": {"type": "string"},
    "final": {"type": "boolean"},
    "replied": {"type": "boolean"},
    "contradicted": {"type": "boolean"},
    "revised": {"type": "boolean"},
    "step": {"type": "integer", "minimum": 0, "maximum": LARGEST_STEP},
    "seconds_from": SECONDS,
    "seconds_to": SECONDS,
    "clock": {"enum": list(Clock)},
    "from": MOMENT,
    "to": MOMENT,
    "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT},
    "cursor": {"type": "string"},
}
IN_BODY: Final[dict[str, dict[str, Any]]] = {
    "recipient": {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"},
    "search": {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
}
DECIDED: Final[dict[str, dict[str, Any]]] = {
    "message_id": {"type": "string", "format": "uuid", "description": "decisions about this message"},
    "kind": {"enum": list(DecisionKind), "description": "what was decided"},
    "why": {"enum": list(Why), "description": "the rule that was followed"},
    "plan": {"type": "string", "description": "the plan's name, as the decision's grounds have it"},
    "provider": {"type": "string", "description": "the provider that is to do something"},
    "channel": {"enum": list(Channel), "description": "the channel of what is to be done"},
    "reason": {"enum": list(Reason), "description": "why the step before failed"},
    "outcome": {"enum": list(FailoverOutcome), "description": "what came of failing over"},
    "step": {"type": "integer", "minimum": 0, "maximum": MOST_STEPS, "description": "the step of the plan, from 1"},
    "from": {**MOMENT, "description": "decided at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "decided before this time, ISO 8601 with zone"},
    "limit": {**SEARCH["limit"], "description": "how many decisions at most"},
    "cursor": {**SEARCH["cursor"], "description": "the `next_cursor` of the answer before, under the same filters"},
}
ALERTS: Final[dict[str, dict[str, Any]]] = {
    "open": {"type": "boolean", "description": "whether it is open still"},
    "about": {"enum": list(AlertKind), "description": "what does worse than it should"},
    "provider": {"type": "string", "description": "the provider that does"},
    "channel": {"enum": list(Channel), "description": "its channel"},
    "country": {**SEARCH["country"], "description": "the country that it is about, where it is about one"},
    "from": {**MOMENT, "description": "opened at this time or later, ISO 8601 with zone"},
    "to": {**MOMENT, "description": "opened before this time, ISO 8601 with zone"},
    "limit": {**SEARCH["limit"], "description": "how many alerts at most"},
    "cursor": {**SEARCH["cursor"], "description": "the `next_cursor` of the answer before, under the same filters"},
}
ABOUT: Final = {
    "provider": "the provider's name, as in webhook addresses",
    "channel": "the channel of an attempt",
    "country": "the recipient's country, ISO 3166-1 alpha-2",
    "sender": "the number or name that it was sent from",
    "reference": "the caller's own reference",
    "number_type": "what kind of line the recipient's number is, by its country's numbering plan",
    "carrier": "whose the recipient's number first was: a guess at whose it is",
    "stage": "the stage at which an attempt stands",
    "outcome": "what an attempt came to so far, as reports count it",
    "reason": "why an attempt failed or is held up; `unspecified` also where a failure came without any",
    "code": "the provider's own code, of the stage at which an attempt stands",
    "final": "whether nothing more is awaited of an attempt",
    "replied": "whether somebody wrote back on an attempt",
    "contradicted": "whether a failure was reported after a success, which stays",
    "revised": "whether a success was reported after a failure, and took its place",
    "step": "which of its message's steps an attempt is, where we sent it; from 1",
    "seconds_from": "attempts delivered in this many seconds or more",
    "seconds_to": "attempts delivered in fewer seconds",
    "clock": "which clock an attempt's delivery time was read from",
    "from": "attempts first heard of at this time or later, ISO 8601 with zone",
    "to": "attempts first heard of before this time, ISO 8601 with zone",
    "limit": "how many messages at most",
    "cursor": "the `next_cursor` of the answer before, under the same filters",
    "recipient": "the recipient's number in E.164",
    "search": "any of these: the recipient's number, a message's id, a provider's id (of what covers many recipients, "
    "their common part too), the caller's reference, the exact text that was sent, or its SHA-256 in hexadecimal",
}


@cache
def document() -> dict[str, Any]:
    """The whole document; every operation needs a bearer token where tokens are configured. Each has a name, which
    programs that are made from it call it by: get_v1_messages_message_id; `x-acuse-role` is what it takes to ask it.
    """
    described = _document()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = "_".join((method, *re.findall(r"[a-z0-9]+", path)))
            if "security" in operation:
                operation["x-acuse-role"] = str(needed_role(path))
    return described


def _document() -> dict[str, Any]:
    types = (
        answers.AttemptAnswer,
        answers.MessageAnswer,
        answers.Listing,
        answers.AttemptCount,
        answers.Doubts,
        Decisions,
        telling_answers.Alerts,
        event_answers.LiveEvents,
        pipeline_answers.Pipeline,
        reply_answers.Replies,
        unmasked_answers.UnmaskedAnswer,
        unmaskings_listed.ListedUnmaskings,
        *REPORT_TYPES,
        answers.ErrorAnswer,
        answers.Health,
        Amiss,
    )
    _, schemas = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Acuse query API",
            "version": "1",
            "description": "What became of every message. Read only; recipients' numbers are masked.",
        },
        "paths": {
            "/v1/attempts/{provider}/{ref}": {"get": _attempt()},
            "/v1/messages/{message_id}": {"get": _message()},
            "/v1/messages": {"get": _listing()},
            "/v1/messages/{message_id}/unmasked": {"post": _unmask()},
            "/v1/messages/count": {
                "get": _operation(
                    "How many attempts meet the filters of `/v1/messages`, as many as a report counts of them",
                    "AttemptCount",
                    parameters=_query({name: {**SEARCH[name], "description": ABOUT[name]} for name in SEARCH}),
                )
            },
            "/v1/messages/search": {"post": _search()},
            "/v1/doubts": {"get": _doubts()},
            "/v1/decisions": {
                "get": _in_files(
                    _operation(
                        "What was decided, why and on which grounds, newest first; a page may hold fewer than `limit`",
                        "Decisions",
                        parameters=_query({**DECIDED, "format": FORMAT}),
                    )
                )
            },
            "/v1/alerts": {
                "get": _operation(
                    "Alerts: ways to people that do worse than they should, those that opened last first",
                    "Alerts",
                    parameters=_query(ALERTS),
                )
            },
            **report_paths(REFERENCE, _errors(ERRORS)),
            "/v1/amiss": {
                "get": _operation("How many alerts are open at the moment, and how many messages in doubt", "Amiss")
            },
            "/v1/pipeline": {
                "get": _operation("How far behind each part is, what is stored and what is amiss", "Pipeline")
            },
            "/v1/events": {
                "get": _operation(
                    "Events as they come in: the newest, or each that was stored since the answer before",
                    "LiveEvents",
                    parameters=_query(live_described.EVENTS),
                )
            },
            "/v1/replies": {
                "get": _operation(
                    "What people wrote back, newest first, as the report on replies counts it",
                    "Replies",
                    parameters=_query(replies_described.REPLIES),
                )
            },
            UNMASKINGS: {
                "get": _operation(
                    "To whom numbers and texts were shown, of which messages and why, the latest first; for auditors",
                    "ListedUnmaskings",
                    parameters=_query(unmaskings_listed.DESCRIBED),
                )
            },
            "/livez": {"get": _probe("Whether the process lives")},
            "/readyz": {"get": _probe("Whether it can answer: ClickHouse is there and migrated", "503")},
            "/metrics": {"get": _text("Metrics for Prometheus")},
        },
        "components": {
            # As they are read: a tuple by default is a list there.
            "schemas": msgspec.json.decode(msgspec.json.encode(schemas)),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _attempt() -> dict[str, Any]:
    return _operation(
        "One attempt, with its events",
        "AttemptAnswer",
        not_found="No event of such an attempt has come in",
        parameters=[
            _path("provider", "the provider's name", {"type": "string"}),
            _path(
                "ref",
                "the provider's id of the attempt; slashes need no escaping. Where an id covers many recipients, "
                "`id:number` is understood too",
                {"type": "string"},
            ),
        ],
    )


def _message() -> dict[str, Any]:
    return _operation(
        "One message: what was asked, decided and called, and its attempts with their events",
        "MessageAnswer",
        not_found="There is no such message",
        parameters=[_path("message_id", "its id; one that was retired leads to the real one", {"format": "uuid"})],
    )


def _listing() -> dict[str, Any]:
    described = {name: {**schema, "description": ABOUT[name]} for name, schema in SEARCH.items()}
    # As a file it has a row for each attempt.
    return _in_files(
        _operation("Messages, newest first", "Listing", parameters=_query({**described, "format": FORMAT}))
    )


def _in_files(operation: dict[str, Any]) -> dict[str, Any]:
    """The same as tables too; where there is more than a page, with a `Link` header to the next."""
    onward = {"description": 'Of a file that is cut: where its next rows are, rel="next"', "schema": {"type": "string"}}
    answers = operation["responses"]["200"]
    answers["content"] |= {media.partition(";")[0]: {} for media in FILES}
    answers["headers"] = {"Link": onward}
    return operation


def _doubts() -> dict[str, Any]:
    parameters = [
        {"name": "limit", "in": "query", "description": "how many steps at most", "schema": SEARCH["limit"]},
        {
            "name": "cursor",
            "in": "query",
            "description": "the `next_cursor` of the answer before",
            "schema": SEARCH["cursor"],
        },
    ]
    return _operation(
        "Steps of which nobody can tell whether their provider took them, the oldest first",
        "Doubts",
        parameters=parameters,
    )


def _query(told: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "description": about["description"],
            "schema": {word: said for word, said in about.items() if word != "description"},
        }
        for name, about in told.items()
    ]


def _search() -> dict[str, Any]:
    properties = {name: {**schema, "description": ABOUT[name]} for name, schema in {**SEARCH, **IN_BODY}.items()}
    body = {"type": "object", "properties": properties, "additionalProperties": False}
    return _with_body(
        _operation("Messages, newest first, by recipient too: a number never stands in a URL", "Listing"), body
    )


def _unmask() -> dict[str, Any]:
    why = {
        "type": "string",
        "minLength": SHORTEST_WHY,
        "maxLength": LONGEST_WHY,
        "description": "what it is for, in one line",
    }
    body = {"type": "object", "properties": {"why": why}, "required": ["why"]}
    return _with_body(
        _operation(
            "What is personal of a message, once it is recorded who asked for it and why; for auditors who signed in, "
            "with their session's form token in `X-Form-Token`",
            "UnmaskedAnswer",
            not_found="There is no such message",
            parameters=[_path("message_id", "its id", {"type": "string", "format": "uuid"})],
        ),
        body,
    )


def _with_body(operation: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    too_large = {"413": f"The body has more than {LONGEST_BODY} bytes"}
    return {
        **operation,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {**operation["responses"], **_errors(too_large)},
    }


def _operation(
    summary: str, schema: str, *, parameters: list[dict[str, Any]] | None = None, not_found: str = ""
) -> dict[str, Any]:
    errors = {**ERRORS, **({"404": not_found} if not_found else {})}
    return {
        "summary": summary,
        "security": [{"token": []}],
        "parameters": parameters or [],
        "responses": {
            "200": _json("The answer", schema),
            **_errors(errors),
        },
    }


def _errors(meanings: dict[str, str]) -> dict[str, Any]:
    return {status: _json(meaning, "ErrorAnswer") for status, meaning in sorted(meanings.items())}


def _path(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _json(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(name=schema)}}}
    return {"description": description, "content": content}


def _probe(summary: str, *failures: str) -> dict[str, Any]:
    responses = {status: _json(summary, "Health") for status in ("200", *failures)}
    return {"summary": summary, "responses": responses}


def _text(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": summary, "content": {"text/plain": {}}}}}
