"""The API's description: the OpenAPI document, and a page made from it that people read."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from markupsafe import Markup, escape
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboards.access.people import visitor_of
from dashboards.openapi import document
from dashboards.responses import answer
from dashboards.templating import rendered

REFERENCE: Final = "#/components/schemas/"
OF_PROCESS: Final = "The process itself"


class Field(Struct, frozen=True):
    """A parameter, or a field of what is sent or answered; `kind` is its sort in words."""

    name: str
    kind: Markup
    meaning: Markup
    required: bool


class Answered(Struct, frozen=True):
    status: str
    meaning: Markup
    kind: Markup
    media: tuple[str, ...]


class Operation(Struct, frozen=True):
    name: str
    method: str
    path: str
    summary: Markup
    role: str
    parameters: list[Field]
    body: list[Field]
    answers: list[Answered]
    example: str


class Shape(Struct, frozen=True):
    """What answers are made of: of fields, or of a `kind` of its own."""

    name: str
    meaning: Markup
    fields: list[Field]
    kind: Markup


def openapi_routes() -> list[Route]:
    return [Route("/openapi.json", _document), Route("/openapi", _page)]


async def _document(_request: Request) -> Response:
    return answer(document())


async def _page(request: Request) -> Response:
    groups, shapes, about = described()
    page = rendered("openapi.html", groups=groups, shapes=shapes, about=about, visitor=visitor_of(request))
    return HTMLResponse(page)


@cache
def described() -> tuple[dict[str, list[Operation]], list[Shape], str]:
    """Operations by what they are about, the shapes of answers, and a word on all of it."""
    told = document()
    groups: dict[str, list[Operation]] = {}
    for path, operations in told["paths"].items():
        for method, said in operations.items():
            groups.setdefault(_group(path), []).append(_operation(method, path, said))
    schemas = told["components"]["schemas"]
    shapes = [
        Shape(name, _text(said), _fields(said), Markup() if "properties" in said else kind(said))
        for name, said in sorted(schemas.items())
    ]
    return groups, shapes, told["info"]["description"]


def _group(path: str) -> str:
    _, first, *rest = path.split("/")
    return rest[0].capitalize() if first == "v1" else OF_PROCESS


def _operation(method: str, path: str, said: Mapping[str, Any]) -> Operation:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        name=said["operationId"],
        method=method.upper(),
        path=path,
        summary=_text(said, "summary"),
        role=said.get("x-acuse-role", ""),
        parameters=[
            Field(each["name"], kind(each["schema"]), _text(each), each.get("required", False))
            for each in said.get("parameters", [])
        ],
        body=_fields(body),
        answers=[_answered(status, each) for status, each in said["responses"].items()],
        example=_example(method, path, bool(body), bool(said.get("security"))),
    )


def _answered(status: str, said: Mapping[str, Any]) -> Answered:
    content = said.get("content", {})
    schemas = [each["schema"] for each in content.values() if "schema" in each]
    return Answered(status, _text(said), kind(schemas[0]) if schemas else Markup(), tuple(content))


def _example(method: str, path: str, has_body: bool, needs_token: bool) -> str:
    parts = ["curl", *(["-X", method.upper()] if method != "get" else [])]
    if needs_token:
        parts.append("-H 'Authorization: Bearer …'")
    if has_body:
        parts.append(f"--json '{json.dumps({'recipient': '+34600000000'} if 'search' in path else {'why': '…'})}'")
    return " ".join([*parts, f"http://127.0.0.1:8080{path}"])


def _fields(schema: Mapping[str, Any]) -> list[Field]:
    required = schema.get("required", ())
    return [
        Field(name, kind(said), _text(said), name in required) for name, said in schema.get("properties", {}).items()
    ]


def _text(said: Mapping[str, Any], name: str = "description") -> Markup:
    """What is written about it, with what stands between backticks as code."""
    parts = str(said.get(name, "")).split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def kind(schema: Mapping[str, Any]) -> Markup:
    """In words: `text`, `one of sms, voice`, `list of Trend`, where a shape of ours leads to its own place."""
    return Markup(" ").join(_words(schema))


def _words(schema: Mapping[str, Any]) -> Iterator[Markup]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        yield Markup('<a href="#{0}">{0}</a>').format(name)
    elif "anyOf" in schema:
        yield Markup(" or ").join(kind(each) for each in schema["anyOf"])
    elif "enum" in schema:
        among = ["nothing" if each is None else str(each) for each in schema["enum"]]
        yield escape(f"one of {', '.join(among)}" if len(among) > 1 else among[0])
    elif schema.get("type") == "array":
        yield Markup("list of ") + kind(schema.get("items", {}))
    elif schema.get("type") == "object" and "additionalProperties" in schema and schema["additionalProperties"]:
        yield Markup("by name: ") + kind(schema["additionalProperties"] or {})
    else:
        yield escape(_simple(schema))
        yield from _bounds(schema)


def _simple(schema: Mapping[str, Any]) -> str:
    said = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
    form = {"date-time": "time in ISO 8601", "uuid": "UUID", "decimal": "decimal number", "byte": "bytes in base64"}
    return form.get(schema.get("format", "")) or said.get(schema.get("type", ""), schema.get("type", "anything"))


def _bounds(schema: Mapping[str, Any]) -> Iterator[Markup]:
    if "minimum" in schema or "maximum" in schema:
        least, most = schema.get("minimum"), schema.get("maximum")
        yield escape(f"from {least} to {most}" if most is not None else f"from {least} on")
    if "default" in schema:
        yield escape(f"({schema['default']} unless told)")
