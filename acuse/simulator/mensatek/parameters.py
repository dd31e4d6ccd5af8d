"""Reads a call's parameters: from query and body, JSON or form, by names in any case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """By lower-case names; the body's count before the query's. What is null or blank is not there."""

    values: Mapping[str, Any]
    uploads: tuple[Upload, ...] = field(default=())

    def text(self, name: str) -> str:
        """As text; a JSON number, list or object as it is written."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("1", "true", "si")

    def has(self, name: str) -> bool:
        return name in self.values

    def structure(self, name: str) -> Any:
        """A list or object, also where it is written as JSON text; None where it is neither."""
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                return msgspec.json.decode(value)
            except msgspec.DecodeError:
                return None
        return value

    @property
    def empty(self) -> bool:
        return not self.uploads and not (set(self.values) - {"resp"})


async def read_parameters(request: Request) -> Parameters:
    """Never fails: a body that cannot be read holds no parameters."""
    values: dict[str, Any] = {name.lower(): value for name, value in request.query_params.items()}
    uploads: list[Upload] = []
    body = await request.body()
    content_type = request.headers.get("content-type", "").lower()
    if "json" in content_type or body.lstrip()[:1] == b"{":
        values.update((name.lower(), value) for name, value in _object(body).items())
    elif body:
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads.append(Upload(value.filename or "", await value.read()))
                else:
                    values[name.lower()] = value
    # An empty sender asks for the account's own: it is given, unlike one that is left out.
    present = {name: value for name, value in values.items() if value not in (None, "") or _own_sender(name, value)}
    return Parameters(present, tuple(uploads))


def _own_sender(name: str, value: Any) -> bool:
    return name == "remitente" and value == ""


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return document if isinstance(document, dict) else {}
