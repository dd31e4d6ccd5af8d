"""Our cookies: out of every script's reach, sent by no foreign page's form, and over TLS alone but on this machine."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from dashboards.access.peers import host_name, is_loopback

SESSION: Final = "acuse_session"
VISIT: Final = "acuse_visit"
"""What a sign-in form is bound to, while there is no session yet."""
ERRAND: Final = "acuse_errand"
"""What somebody takes along who is sent to sign in elsewhere."""
HOST_PREFIX: Final = "__Host-"
"""Browsers take such a cookie from this very host over TLS alone, so that no other of the domain can plant one."""


def shown_cookie(headers: Headers, name: str) -> str:
    """What the request shows, "" if nothing."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(_full(headers, name), "")


def set_cookie(response: Response, headers: Headers, name: str, value: str, seconds: int) -> None:
    """For whoever sent these headers."""
    response.set_cookie(
        _full(headers, name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(headers),
    )


def drop_cookie(response: Response, headers: Headers, name: str) -> None:
    set_cookie(response, headers, name, "", 0)


def is_secure(headers: Headers) -> bool:
    """Whether the browser reaches us under a name that is not this machine's, where a cookie must not go in the clear.

    The connection cannot tell: TLS ends at a proxy before us.
    """
    return not is_loopback(host_name(headers.get("host", "")))


def _full(headers: Headers, name: str) -> str:
    return HOST_PREFIX + name if is_secure(headers) else name
