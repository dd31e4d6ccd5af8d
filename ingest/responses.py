"""Answers over HTTP: JSON or nothing, never cached, never a page, never a traceback."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.responses import Response

SECURITY_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
RETRY_AFTER_SECONDS: Final = 5

_NOTHING: Final[Mapping[str, str]] = {}
_NO_CONTENT: Final = Response(status_code=204, headers=SECURITY_HEADERS)


def no_content() -> Response:
    """The one 204; a response without a body keeps nothing between requests."""
    return _NO_CONTENT


def text(body: bytes, media_type: str) -> Response:
    return Response(body, headers=SECURITY_HEADERS, media_type=media_type)


def document(content: Any, status: int = 200, headers: Mapping[str, str] = _NOTHING) -> Response:
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        headers={**SECURITY_HEADERS, **headers},
        media_type="application/json",
    )


def refusal(status: int, error: str, *, field: str = "", headers: Mapping[str, str] = _NOTHING) -> Response:
    """`{"error": …, "field": …}`; the field only where one is to blame."""
    return document({"error": error, "field": field} if field else {"error": error}, status, headers)


def unavailable(why: str) -> Response:
    return refusal(
        503, f"{why}; nothing was accepted, send it again", headers={"retry-after": str(RETRY_AFTER_SECONDS)}
    )


def undecided(error: str, content: Mapping[str, Any]) -> Response:
    """503 where what was asked for may be done all the same; `content` names it."""
    return document({"error": error, **content}, 503, {"retry-after": str(RETRY_AFTER_SECONDS)})


def too_large(what: str) -> Response:
    # The connection is closed, since the rest of the body would have to be read first.
    return refusal(413, what, headers={"connection": "close"})
