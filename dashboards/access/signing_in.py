"""People sign in by name and password, and out again; `oidc` lets them in otherwise, by the same page."""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboards.access.cookies import SESSION, VISIT, drop_cookie, set_cookie, shown_cookie
from dashboards.access.forms import FIELD, body_of, fields_in, foreign, same
from dashboards.access.passwords import LONGEST_PASSWORD, PasswordHash, decoy, parsed
from dashboards.access.peers import peer_address
from dashboards.access.people import User
from dashboards.access.problems import NO_COOKIE, NOBODY, TOO_OFTEN, WRONG, Problem
from dashboards.access.sessions import LIFETIME_SECONDS, Sessions
from dashboards.access.trying import BY_ADDRESS, BY_NAME, Tries, address_key
from dashboards.errors import Refused
from dashboards.templating import rendered

AT_ONE_TIME: Final = 2
"""Passwords that are looked at; each takes 64 MiB and the processors."""
WAIT_SECONDS: Final = 5.0
VISIT_BYTES: Final = 24
VISIT_SECONDS: Final = 3600
FIRST_PAGE: Final = "/"
LONGEST_PATH: Final = 2000
LONGEST_NAME: Final = 64
_PATH: Final = re.compile(r"/(?!/)[!-\[\]-~]*")
"""Printable ASCII without a backslash, and no second slash at the start: browsers take `//` and `/\\` for a host, and
leave out tabs and line ends on the way."""


class SigningIn:
    """The handlers. Knows whom the settings name, and begins sessions for them.

    `elsewhere` is what they may sign in by instead, as it is called, "" for nothing.
    """

    def __init__(
        self,
        users: tuple[User, ...],
        sessions: Sessions,
        clock: Callable[[], float] = time.monotonic,
        *,
        elsewhere: str = "",
    ) -> None:
        self._users: Mapping[str, tuple[User, PasswordHash]] = {
            user.name: (user, parsed(user.password_hash)) for user in users
        }
        self._decoys = [kept.decoy() for _, kept in self._users.values()] or [decoy()]
        self._sessions = sessions
        self._elsewhere = elsewhere
        self._key = secrets.token_bytes(32)
        self._by_address = Tries(BY_ADDRESS, clock)
        self._by_name = Tries(BY_NAME, clock)
        self._places = asyncio.Semaphore(AT_ONE_TIME)

    async def form(self, request: Request) -> Response:
        anybody = self._users or self._elsewhere
        return self.page(request, request.query_params.get("next", ""), None if anybody else NOBODY)

    async def submit(self, request: Request) -> Response:
        fields = fields_in(await body_of(request))
        wanted = fields.get("next", "")
        visit = shown_cookie(request.headers, VISIT)
        if foreign(request.headers) or not visit or not same(fields.get(FIELD, ""), self._form_token(visit)):
            return self.page(request, wanted, NO_COOKIE, 403)
        name = fields.get("name", "").strip().lower()[:LONGEST_NAME]
        if wait := self.too_often(request) or self._by_name.take(name):
            return self.page(request, wanted, TOO_OFTEN.of(wait), 429, wait)
        user = await self._recognised(name, fields.get("password", ""))
        if user is None:
            return self.page(request, wanted, WRONG, 401)
        self.forgive(request)
        self._by_name.give_back(name)
        return self.welcome(request, user, wanted)

    async def leave(self, request: Request) -> Response:
        self._sessions.end(shown_cookie(request.headers, SESSION))
        response = RedirectResponse("/sign-in", status_code=303)
        drop_cookie(response, request.headers, SESSION)
        return response

    def knows(self, name: str) -> bool:
        """Whether somebody of this name signs in with a password."""
        return name in self._users

    def too_often(self, request: Request) -> int | None:
        """Takes one of the address's tries; or takes none and says how many seconds to wait for one."""
        return self._by_address.take(address_key(peer_address(request.scope)))

    def forgive(self, request: Request) -> None:
        """The try that was taken has succeeded."""
        self._by_address.give_back(address_key(peer_address(request.scope)))

    async def _recognised(self, name: str, password: str) -> User | None:
        """None for a wrong password and for an unknown name, after the same work. Raises `Refused` when busy."""
        user, kept = self._users.get(name, (None, self._decoy_of(name)))
        async with a_place(self._places):
            right = await asyncio.to_thread(kept.matches, password[:LONGEST_PASSWORD])
        return user if right else None

    def _decoy_of(self, name: str) -> PasswordHash:
        """Always the same of one name, and as dear as somebody's, so that time does not tell who is known."""
        drawn = hmac.digest(self._key, name.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return self._decoys[int.from_bytes(drawn) % len(self._decoys)]

    def welcome(self, request: Request, user: User, wanted: str) -> Response:
        """Begins a session, and leads to where they wanted to go."""
        self._sessions.end(shown_cookie(request.headers, SESSION))
        response = RedirectResponse(own_path(wanted), status_code=303)
        set_cookie(response, request.headers, SESSION, self._sessions.begin(user), LIFETIME_SECONDS)
        drop_cookie(response, request.headers, VISIT)
        return response

    def page(
        self, request: Request, wanted: str, problem: Problem | None, status: int = 200, wait: int | None = None
    ) -> Response:
        """The page to sign in by, and why that did not work."""
        visit = shown_cookie(request.headers, VISIT) or secrets.token_urlsafe(VISIT_BYTES)
        page = rendered(
            "sign_in.html",
            form_token=self._form_token(visit),
            next=own_path(wanted),
            problem=problem,
            elsewhere=self._elsewhere,
            passwords=bool(self._users) or not self._elsewhere,
        )
        response = HTMLResponse(page, status_code=status)
        set_cookie(response, request.headers, VISIT, visit, VISIT_SECONDS)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    def _form_token(self, visit: str) -> str:
        """Only who has the cookie can come by it, and only from us."""
        return hmac.digest(self._key, visit.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def signing_in_routes(signing_in: SigningIn) -> list[Route]:
    return [
        Route("/sign-in", signing_in.form, methods=["GET"]),
        Route("/sign-in", signing_in.submit, methods=["POST"]),
        Route("/sign-out", signing_in.leave, methods=["POST"]),
    ]


@asynccontextmanager
async def a_place(places: asyncio.Semaphore) -> AsyncIterator[None]:
    """One of those that there are at one time. Raises `Refused` where none gets free for so long."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await places.acquire()
    except TimeoutError:
        raise Refused(503, "too many sign in at this moment: try again", retry_after=5) from None
    try:
        yield
    finally:
        places.release()


def own_path(wanted: str) -> str:
    """Where to go after signing in: a path of ours, as it was wanted, or the first page."""
    sound = len(wanted) <= LONGEST_PATH and _PATH.fullmatch(wanted)
    return wanted if sound and not wanted.startswith("/sign-") else FIRST_PAGE
