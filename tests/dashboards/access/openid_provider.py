"""A small OpenID provider over real HTTP, as strict as the standard asks for: people are let in as soon as they ask."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "acuse"
CLIENT_SECRET = "a secret: with/signs"


@cache
def _first_key() -> RSAKey:
    """Made once, since that takes longer than all else that a test does."""
    return RSAKey.generate_key(2048, auto_kid=True)


class SmallProvider:
    """`person` is what it says of whoever comes; the other attributes are what it does otherwise than it should."""

    def __init__(self, issuer: str, callback: str) -> None:
        self.issuer, self.callback = issuer, callback
        self.key = _first_key()
        self.person: dict[str, Any] = {"sub": "1", "email": "Ana@Example.com", "roles": ["staff", "acuse-audit"]}
        self.about: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.signed_by: Any = None
        self.header: dict[str, Any] = {}
        self.secret: str | None = CLIENT_SECRET
        self.refusal: str | None = None
        self.codes: dict[str, dict[str, str]] = {}

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._described),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _described(self, _request: Request) -> Response:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(told | self.about)

    async def _keys(self, _request: Request) -> Response:
        odd = [{"kty": "new-kind", "x": "?"}, {"kty": "RSA", "n": "?"}, OctKey.import_key(b"x" * 32).as_dict()]
        return JSONResponse({"keys": [*odd, *KeySet([self.key]).as_dict()["keys"]]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        sound = (asked["response_type"], asked["client_id"], asked["redirect_uri"], asked["code_challenge_method"])
        if sound != ("code", CLIENT_ID, self.callback, "S256") or "openid" not in asked["scope"].split():
            return Response("bad request", 400)
        if self.refusal:
            answer = {"error": self.refusal, "state": asked["state"], "iss": self.issuer}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.callback}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if not self._is_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        right = asked and (form["grant_type"], form["redirect_uri"]) == ("authorization_code", asked["redirect_uri"])
        if not asked or not right or challenge.decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"token_type": "Bearer", "access_token": "x", "id_token": self._id_token(asked["nonce"])})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if self.secret is None:
            return form.get("client_id") == CLIENT_ID and "authorization" not in request.headers
        if self.about.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, self.secret)
        shown = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        return [unquote(part) for part in shown.split(":", 1)] == [CLIENT_ID, self.secret]

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "nonce": nonce, "iat": now, "exp": now + 300}
        claims = {name: said for name, said in {**told, **self.person, **self.claims}.items() if said is not None}
        told = {"alg": "RS256", "kid": self.key.kid, **self.header}
        header = {name: said for name, said in told.items() if said is not None}
        if header["alg"] == "none":
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (header, claims))
                + "."
            )
        return jwt.encode(header, claims, self.signed_by or self.key, algorithms=[header["alg"]])


@asynccontextmanager
async def running(callback: str) -> AsyncIterator[SmallProvider]:
    listening = socket.create_server(("127.0.0.1", 0))
    provider = SmallProvider(f"http://127.0.0.1:{listening.getsockname()[1]}", callback)
    server = uvicorn.Server(uvicorn.Config(provider.app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving
