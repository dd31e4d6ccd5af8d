"""How AI Number answers: one element, a page of several, or what was wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

PER_PAGE: Final = 20
MOST_PER_PAGE: Final = 100


class Failed(Exception):
    """``kind`` goes into `type`, ``detail`` is for people."""

    def __init__(self, detail: str, kind: str = "validation_error", status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.kind = kind
        self.status = status


def error(failed: Failed, headers: Mapping[str, str] | None = None) -> Response:
    document = {"error": {"detail": failed.detail, "type": failed.kind}}
    return Response(msgspec.json.encode(document), failed.status, headers, media_type="application/json")


def one(element: Mapping[str, Any]) -> Response:
    return page([element], {})


def page(elements: Sequence[Mapping[str, Any]], query: Mapping[str, str]) -> Response:
    """The page that the query asks for. Raises ``Failed``."""
    number, size = _count(query, "page", 1), _count(query, "limit", PER_PAGE)
    if size > MOST_PER_PAGE:
        raise Failed(f"limit: at most {MOST_PER_PAGE}.")
    first = (number - 1) * size
    shown = elements[first : first + size]
    meta = {
        "total": len(elements),
        "from": first + 1 if shown else 0,
        "to": first + len(shown) if shown else 0,
        "per_page": size,
        "current_page": number,
        "last_page": max(-(-len(elements) // size), 1),
    }
    return Response(msgspec.json.encode({"data": shown, "meta": meta}), media_type="application/json")


def _count(query: Mapping[str, str], name: str, otherwise: int) -> int:
    written = query.get(name) or str(otherwise)
    if not written.isascii() or not written.isdecimal() or not 0 < int(written) < 10**6:
        raise Failed(f"{name}: must be a positive integer.")
    return int(written)
