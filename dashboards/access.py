"""Who may read: whoever shows a token, and, where that is allowed, this machine.

A token is shown as `Authorization: Bearer …`, or, so that a browser can, as the password of HTTP Basic (any user name).
What comes from this machine is judged by the peer's address and by the `Host` that was asked for, since a foreign web
page can point a name of its own at 127.0.0.1 and have a browser ask us under it.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.errors import Refused
from dashboards.responses import refusal

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json"})
OPEN_PREFIX: Final = "/static/"


class Gate:
    """ASGI middleware: lets health, metrics, the API's description and static files through, and asks for the rest."""

    def __init__(self, app: ASGIApp, tokens: Collection[str], *, open_to_this_machine: bool) -> None:
        self._app = app
        self._open_to_this_machine = open_to_this_machine
        self._tokens = tuple(token.encode() for token in tokens if token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        refused = self._judge(scope)
        if refused is None:
            await self._app(scope, receive, send)
            return
        response = refusal(Request(scope), refused)
        if refused.status == 401:  # noqa: PLR2004 - the one status with a challenge
            response.headers.append("WWW-Authenticate", "Bearer")
            response.headers.append("WWW-Authenticate", 'Basic realm="Acuse", charset="UTF-8"')
        await response(scope, receive, send)

    def _judge(self, scope: Scope) -> Refused | None:
        headers = Headers(scope=scope)
        if self._open_to_this_machine and is_this_machine(scope, headers):
            return None
        if not self._tokens:
            opened = "; this machine may read without one" if self._open_to_this_machine else ""
            return Refused(403, f"no API token is configured, so nobody can show one{opened}: set [api] tokens")
        shown = shown_token(headers.get("authorization", "")).encode()
        # Every token is compared, so that the time taken says nothing about which one came close.
        if sum(hmac.compare_digest(shown, token) for token in self._tokens):
            return None
        return Refused(401, "show one of the [api] tokens: 'Authorization: Bearer …'")


def is_this_machine(scope: Scope, headers: Headers) -> bool:
    peer, _ = scope.get("client") or ("", 0)
    return is_loopback(peer) and is_loopback(host_name(headers.get("host", "")))


def is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIX)


def shown_token(authorization: str) -> str:
    """The token in an `Authorization` header, "" if there is none that can be read."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def host_name(host: str) -> str:
    """The name or address in a `Host` header, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
