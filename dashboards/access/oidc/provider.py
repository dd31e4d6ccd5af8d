"""The OpenID provider over HTTP: what it says of itself, its keys, and the ID token that it gives for a code."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import msgspec
from joserfc.jwk import KeySet
from msgspec import Struct

from dashboards.access.oidc.asking import ProviderTrouble, ask, is_guarded, read
from dashboards.access.oidc.config import OidcConfig
from dashboards.access.oidc.errands import Errand
from dashboards.access.oidc.tokens import UnknownSignature, keys_of, proven

KEPT_SECONDS: Final = 3600.0
ASKED_AGAIN_SECONDS: Final = 60.0
"""Keys, when a signature is by none of those that we know."""
LEFT_ALONE_SECONDS: Final = 5.0
"""A provider that could not be asked what it is, so that nobody waits for a queue of those who ask in vain."""
BY_FORM: Final = "client_secret_post"
BY_HEADER: Final = "client_secret_basic"
OLD_CODE: Final = "invalid_grant"
LONGEST_WORD: Final = 40


class CodeRefused(Exception):
    """It takes no such code: it is old, used, or not ours."""


class About(Struct, frozen=True):
    """Of what the provider says of itself, what is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (BY_HEADER,)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


class _Tokens(Struct, frozen=True):
    id_token: str


class _Failed(Struct, frozen=True):
    error: str = ""


class OpenIdProvider:
    """`clock` tells seconds since 1970."""

    def __init__(self, config: OidcConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._asking = asyncio.Lock()
        self._about: tuple[float, About] | None = None
        self._away: tuple[float, ProviderTrouble] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def about(self) -> About:
        """Raises `ProviderTrouble`."""
        async with self._asking:
            if self._about is None or self._clock() - self._about[0] >= KEPT_SECONDS:
                if self._away and self._clock() - self._away[0] < LEFT_ALONE_SECONDS:
                    raise self._away[1]
                try:
                    self._about = (self._clock(), await self._discovered())
                except ProviderTrouble as trouble:
                    self._away = (self._clock(), trouble)
                    raise
            return self._about[1]

    async def address(self, errand: Errand) -> str:
        """Where the browser is to go. Raises `ProviderTrouble`."""
        endpoint = (await self.about()).authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": self._config.callback,
            "scope": " ".join(self._config.scopes),
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def claims(self, code: str, errand: Errand) -> Mapping[str, Any]:
        """What the provider says of whoever came back with the code.

        Raises `CodeRefused`, `ProviderTrouble`, and `BadToken`.
        """
        about = await self.about()
        token = await self._token(about, code, errand)
        try:
            return self._proven(token, await self._known_keys(about, KEPT_SECONDS), about, errand)
        except UnknownSignature:
            return self._proven(token, await self._known_keys(about, ASKED_AGAIN_SECONDS), about, errand)

    def _proven(self, token: str, keys: KeySet, about: About, errand: Errand) -> Mapping[str, Any]:
        return proven(
            token,
            keys,
            about.id_token_signing_alg_values_supported,
            issuer=self._config.issuer,
            client_id=self._config.client_id,
            nonce=errand.nonce,
            now=self._clock(),
        )

    async def _discovered(self) -> About:
        address = self._config.issuer.rstrip("/") + "/.well-known/openid-configuration"
        about = read(await self._get(address), About)
        if about.issuer != self._config.issuer:
            raise ProviderTrouble(f"it calls itself {about.issuer[:200]!r}: write that as [dashboards.oidc] issuer")
        for endpoint in (about.authorization_endpoint, about.token_endpoint, about.jwks_uri):
            if not is_guarded(endpoint):
                raise ProviderTrouble("one of its addresses is not https")
        return about

    async def _known_keys(self, about: About, good_for: float) -> KeySet:
        async with self._asking:
            if self._keys is None or self._clock() - self._keys[0] >= good_for:
                told = read(await self._get(about.jwks_uri), _Keys)
                self._keys = (self._clock(), keys_of(told.keys))
            return self._keys[1]

    async def _token(self, about: About, code: str, errand: Errand) -> str:
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._config.callback,
            "code_verifier": errand.verifier,
        }
        headers, proof = self._credentials(about.token_endpoint_auth_methods_supported)
        seconds = self._config.answer_seconds
        answer = await ask("POST", about.token_endpoint, seconds=seconds, form=given | proof, headers=headers)
        if answer.is_client_error:
            if (word := _error_word(answer)) == OLD_CODE:
                raise CodeRefused
            raise ProviderTrouble(f"it refuses us with {answer.status_code} {word!r}: see client_id and client_secret")
        return read(answer, _Tokens).id_token

    async def _get(self, address: str) -> httpx2.Response:
        return await ask("GET", address, seconds=self._config.answer_seconds)

    def _credentials(self, methods: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields that say who we are: in the header, as every provider must take it, unless it does not."""
        client_id, secret = self._config.client_id, self._config.client_secret
        if not secret:
            return {}, {"client_id": client_id}
        if BY_FORM in methods and BY_HEADER not in methods:
            return {}, {"client_id": client_id, "client_secret": secret}
        # Each is form-encoded first, so that a colon in them is none.
        basic = httpx2.BasicAuth(quote(client_id, safe=""), quote(secret, safe=""))
        request = next(basic.auth_flow(httpx2.Request("POST", "https://provider.invalid")))
        return {"Authorization": request.headers["Authorization"]}, {}


def _error_word(answer: httpx2.Response) -> str:
    try:
        return msgspec.json.decode(answer.content, type=_Failed).error[:LONGEST_WORD]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
