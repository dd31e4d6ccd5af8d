"""Who may read: whoever signed in, whoever shows a token, and, where that is allowed, this machine.

A token is shown as `Authorization: Bearer …`, or, so that a browser can, as the password of HTTP Basic (any user name).
People sign in and show the cookie of their session; see `dashboards.access.signing_in`.
"""

import base64
import binascii
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.access.cookies import SESSION, shown_cookie
from dashboards.access.forms import SAFE_METHODS, proven
from dashboards.access.oidc.config import BEGIN, CALLBACK
from dashboards.access.peers import is_this_machine
from dashboards.access.people import Role, Visitor, needed_role, not_allowed
from dashboards.access.scripts import Script, digest_of, script_of
from dashboards.access.sessions import Sessions
from dashboards.errors import Refused
from dashboards.responses import for_machines, refusal

SIGN_IN: Final = "/sign-in"
OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/openapi", SIGN_IN, BEGIN, CALLBACK})
OPEN_PREFIX: Final = "/static/"
SCRIPT: Final = "a script"
"""Whoever shows one of [api] tokens, which have no names."""
THIS_MACHINE: Final = Visitor(name="this machine", role=Role.ANALYST)
UNAUTHORIZED: Final = 401


class Gate:
    """ASGI middleware: lets health, metrics, the API's description, static files and signing in through, and asks who
    comes for the rest. Whoever is let in is the scope's `visitor`.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: Collection[str],
        scripts: Collection[Script],
        sessions: Sessions,
        *,
        open_to_this_machine: bool,
        people_sign_in: bool,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._open_to_this_machine = open_to_this_machine
        self._people_sign_in = people_sign_in
        self._scripts = (
            *(Script(name=SCRIPT, role=Role.ANALYST, token_sha256=digest_of(t)) for t in tokens if t),
            *scripts,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            visitor = self._visitor(scope)
            needed = needed_role(scope["path"])
            if not visitor.may(needed):
                raise not_allowed(visitor, needed)
            if visitor.signed_in and scope["method"] not in SAFE_METHODS:
                receive = await proven(scope, receive, visitor)
        except Refused as refused:
            await self._response(scope, refused)(scope, receive, send)
            return
        scope["visitor"] = visitor
        await self._app(scope, receive, send)

    def _visitor(self, scope: Scope) -> Visitor:
        """Raises `Refused`. What is shown counts before where it comes from, a session before that."""
        headers = Headers(scope=scope)
        script = script_of(shown_token(headers.get("authorization", "")), self._scripts)
        if script is not None:
            return Visitor(name=script.name, role=script.role)
        session = self._sessions.find(shown_cookie(headers, SESSION)) if self._people_sign_in else None
        if session is not None:
            return Visitor(name=session.user.name, role=session.user.role, form_token=session.form_token)
        if self._open_to_this_machine and is_this_machine(scope, headers):
            return THIS_MACHINE
        raise self._refused()

    def _refused(self) -> Refused:
        if self._scripts or self._people_sign_in:
            ways = [f"sign in at {SIGN_IN}"] if self._people_sign_in else []
            ways += ["show an API token: 'Authorization: Bearer …'"] if self._scripts else []
            return Refused(UNAUTHORIZED, ", or ".join(ways))
        opened = "; this machine may read without one" if self._open_to_this_machine else ""
        return Refused(
            403,
            f"no API token is configured, so nobody can show one{opened}: set [api] tokens, or for people "
            "[dashboards.users]",
        )

    def _response(self, scope: Scope, refused: Refused) -> Response:
        if refused.status != UNAUTHORIZED:
            return refusal(Request(scope), refused)
        path = scope["path"]
        if self._people_sign_in and not for_machines(path) and scope["method"] in SAFE_METHODS:
            query = scope["query_string"].decode("latin-1")
            wanted = quote(path) + (f"?{query}" if query else "")
            return RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='')}", status_code=303)
        response = refusal(Request(scope), refused)
        response.headers.append("WWW-Authenticate", "Bearer")
        if not self._people_sign_in:  # a browser's own dialogue would hide our form
            response.headers.append("WWW-Authenticate", 'Basic realm="Acuse", charset="UTF-8"')
        return response


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
