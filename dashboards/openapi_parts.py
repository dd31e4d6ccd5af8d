"""What the API's description is put together from: operations, parameters, bodies and answers."""

from typing import Any, Final

from dashboards.access.forms import LONGEST_BODY
from dashboards.answers import ErrorAnswer
from dashboards.parameters import DEFAULT_LIMIT, LARGEST_LIMIT
from dashboards.reports.formats import MEDIA_TYPES, Format

REFERENCE: Final = "#/components/schemas/{name}"
MOMENT: Final = {"type": "string", "format": "date-time"}
COUNTRY: Final = {"type": "string", "pattern": "^[A-Za-z]{2}$"}
LIMIT: Final = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
CURSOR: Final = {"type": "string", "description": "the `next_cursor` of the answer before, under the same filters"}
FORMAT: Final = {
    "enum": list(Format),
    "description": "how it is written; JSON unless this or the `Accept` header says else",
}
ERRORS: Final = {
    "400": "A parameter is not as it should be; `field` names it",
    "401": "Neither a valid token nor a session was shown",
    "403": "No token is configured; or whoever signed in has not the role, or sent no form token",
    "503": "ClickHouse cannot be asked now",
    "504": "The query took too long; the error says how to narrow it",
}
ONWARD: Final = {
    "description": 'Of a file that is cut: where its next rows are, rel="next"',
    "schema": {"type": "string"},
}
"""The `Link` header."""


def operation(
    summary: str, answered: type, *, parameters: list[dict[str, Any]] | None = None, not_found: str = ""
) -> dict[str, Any]:
    """What is asked for, with a token, and answered with JSON of this type; `not_found` says when with 404."""
    return {
        "summary": summary,
        "security": [{"token": []}],
        "parameters": parameters or [],
        "responses": {
            "200": json_answer("The answer", answered),
            **refusals({**ERRORS, **({"404": not_found} if not_found else {})}),
        },
    }


def in_files(described: dict[str, Any]) -> dict[str, Any]:
    """The operation, answered as tables too; where there is more than a page, with a `Link` header to the next."""
    answers = described["responses"]["200"]
    answers["content"] |= {
        media.partition(";")[0]: {} for form, media in MEDIA_TYPES.items() if form is not Format.JSON
    }
    answers["headers"] = {"Link": ONWARD}
    return described


def with_body(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The operation, asked with a JSON body."""
    too_large = {"413": f"The body has more than {LONGEST_BODY} bytes"}
    return {
        **described,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {**described["responses"], **refusals(too_large)},
    }


def in_query(told: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Parameters of a query string; each is a schema and its `description`."""
    return [
        {
            "name": name,
            "in": "query",
            "description": about["description"],
            "schema": {word: said for word, said in about.items() if word != "description"},
        }
        for name, about in told.items()
    ]


def in_path(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def refusals(meanings: dict[str, str]) -> dict[str, Any]:
    """The answers of these statuses, which are errors."""
    return {status: json_answer(meaning, ErrorAnswer) for status, meaning in sorted(meanings.items())}


def json_answer(description: str, answered: type) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(name=answered.__name__)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
