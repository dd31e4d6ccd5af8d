"""Writes a result as `Resp` asks."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import msgspec
from starlette.responses import Response

OLD: Final = ("Res", "Msgid", "Cred")
"""What answers of old versions have."""


def answer(members: Mapping[str, Any], form: str, *, as_object: bool = False) -> Response:
    """``form``: JSON, XML, TXT in any case; anything else is as of old. ``as_object``: JSON without the array."""
    form = form.upper()
    if form == "JSON":
        document: Any = members if as_object else [members]
        return Response(msgspec.json.encode(document), media_type="application/json")
    if form == "XML":
        body = "".join(_elements(members))
        return Response(f'<?xml version="1.0" encoding="UTF-8"?><respuesta>{body}</respuesta>', media_type="text/xml")
    shown = members if form == "TXT" else {name: members[name] for name in OLD if name in members}
    return Response("".join(f"{name}:{_text(value)}\n" for name, value in shown.items()), media_type="text/plain")


def _elements(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        if isinstance(value, list):
            rows = "".join(f"<registro>{''.join(_elements(row))}</registro>" for row in value)
            yield f"<{name}>{rows}</{name}>"
        elif isinstance(value, Mapping):
            rows = "".join(
                f"<plantilla nombre={quoteattr(key)}>{escape(str(row))}</plantilla>" for key, row in value.items()
            )
            yield f"<{name}>{rows}</{name}>"
        else:
            yield f"<{name}>{escape(str(value))}</{name}>"


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, (list, Mapping)) else str(value)
