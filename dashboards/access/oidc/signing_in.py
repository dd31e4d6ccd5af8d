"""People sign in by an OpenID provider: they are sent there, and come back with a code that it answers for."""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboards.access.cookies import ERRAND, drop_cookie, set_cookie, shown_cookie
from dashboards.access.forms import same
from dashboards.access.oidc.asking import ProviderTrouble
from dashboards.access.oidc.config import BEGIN, CALLBACK, OidcConfig
from dashboards.access.oidc.errands import LIFETIME_SECONDS, Errand, new_errand, opened, sealed
from dashboards.access.oidc.identity import NotLetIn, user_of
from dashboards.access.oidc.provider import CodeRefused, OpenIdProvider
from dashboards.access.oidc.tokens import BadToken
from dashboards.access.people import User
from dashboards.access.problems import AWAY, OLD, TAKEN, TURNED_AWAY, UNPROVEN, Problem
from dashboards.access.signing_in import SigningIn, a_place, own_path
from dashboards.errors import Refused

AT_ONE_TIME: Final = 8
"""Codes that the provider is asked about."""
LONGEST_CODE: Final = 4096
_WORD: Final = re.compile(r"[a-z_]{1,40}")

logger = logging.getLogger(__name__)


class OidcSigningIn:
    """The handlers of both ways: there and back. `clock` tells seconds since 1970."""

    def __init__(self, config: OidcConfig, signing_in: SigningIn, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._signing_in = signing_in
        self._provider = OpenIdProvider(config, clock)
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._places = asyncio.Semaphore(AT_ONE_TIME)

    async def begin(self, request: Request) -> Response:
        errand = new_errand(own_path(request.query_params.get("next", "")), self._clock())
        try:
            response = RedirectResponse(await self._provider.address(errand), status_code=303)
        except ProviderTrouble as trouble:
            return self._away(request, errand.wanted, trouble)
        set_cookie(response, request.headers, ERRAND, sealed(errand, self._key), LIFETIME_SECONDS)
        return response

    async def finish(self, request: Request) -> Response:
        errand = opened(shown_cookie(request.headers, ERRAND), self._key, self._clock())
        wanted = errand.wanted if errand else ""
        try:
            response = self._signing_in.welcome(request, await self._whoever(request, errand), wanted)
        except NotLetIn as reason:
            response = self._signing_in.page(request, wanted, reason.problem, 403)
        except ProviderTrouble as trouble:
            response = self._away(request, wanted, trouble)
        drop_cookie(response, request.headers, ERRAND)  # one errand, one answer
        return response

    async def _whoever(self, request: Request, errand: Errand | None) -> User:
        """Who came back from this errand. Raises `NotLetIn`, `ProviderTrouble`, and `Refused` where too many ask."""
        told = request.query_params
        if errand is None or not same(told.get("state", ""), errand.state) or not await self._is_its_own(told):
            raise NotLetIn(OLD)
        if "error" in told:
            raise NotLetIn(self._its_refusal(told["error"]))
        if not 0 < len(told.get("code", "")) <= LONGEST_CODE:
            raise NotLetIn(OLD)
        try:
            claims = await self._claims(request, told["code"], errand)
        except CodeRefused:
            raise NotLetIn(OLD) from None
        except BadToken as bad:
            logger.error("an ID token of %s proves nothing: %s", self._config.issuer, bad)  # noqa: TRY400 - says all
            raise NotLetIn(UNPROVEN.of(self._config.title)) from None
        user = user_of(claims, self._config)
        if self._signing_in.knows(user.name):
            raise NotLetIn(TAKEN)
        self._signing_in.forgive(request)
        return user

    async def _is_its_own(self, told: Mapping[str, str]) -> bool:
        """Whether the answer is this provider's, where it says at all whose it is (RFC 9207)."""
        about = await self._provider.about()
        if "iss" not in told:
            return not about.authorization_response_iss_parameter_supported
        return told["iss"] == about.issuer

    async def _claims(self, request: Request, code: str, errand: Errand) -> Mapping[str, Any]:
        """Raises `Refused` where too much is asked, and what `OpenIdProvider.claims` raises."""
        if wait := self._signing_in.too_often(request):
            raise Refused(429, f"too many tries: wait {wait} s, then try again", retry_after=wait)
        async with a_place(self._places):
            return await self._provider.claims(code, errand)

    def _its_refusal(self, word: str) -> Problem:
        said = f" ({word.replace('_', ' ')})" if _WORD.fullmatch(word) else ""
        return TURNED_AWAY.of(f"{self._config.title}{said}")

    def _away(self, request: Request, wanted: str, trouble: ProviderTrouble) -> Response:
        logger.error("the OpenID provider %s cannot be used: %s", self._config.issuer, trouble)
        return self._signing_in.page(request, wanted, AWAY.of(self._config.title), 503, 5)


def oidc_routes(config: OidcConfig, signing_in: SigningIn) -> list[Route]:
    handlers = OidcSigningIn(config, signing_in)
    return [Route(BEGIN, handlers.begin), Route(CALLBACK, handlers.finish)]
