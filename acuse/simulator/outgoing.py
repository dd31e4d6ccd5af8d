"""Makes the requests of callbacks: over plain HTTP with little effort, over anything else with httpx2.

The simulators share the machine with all that they call; a full-featured client took two thirds of their time.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx2

from acuse.demo.http_client import HttpClient, NoAnswer, request, request_head

_PRINTABLE: Final = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class _Target:
    """An address for the plain way. ``authorization`` is of credentials in the URL."""

    host: str
    port: int
    path: str
    authorization: str


class Outgoing:
    """At most ``connections`` requests at a time to each address; each is over within ``timeout_seconds``."""

    def __init__(self, *, connections: int, timeout_seconds: float) -> None:
        self._connections = connections
        self._timeout_seconds = timeout_seconds
        self._plain: dict[tuple[str, int], HttpClient] = {}
        self._other: httpx2.AsyncClient | None = None

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """The answer's status, None where none came."""
        target = _plain_target(url)
        try:
            if target is None:
                return (await self._client().request(method, url, headers=headers, content=body)).status_code
            given = dict(headers)
            if target.authorization:
                given.setdefault("authorization", target.authorization)
            client = self._plain_client(target.host, target.port)
            return (await client.ask(request(request_head(method, target.path, client.host, given), body))).status
        except (NoAnswer, httpx2.HTTPError, httpx2.InvalidURL):
            return None

    async def close(self) -> None:
        for client in self._plain.values():
            client.close()
        if self._other:
            await self._other.aclose()

    def _client(self) -> httpx2.AsyncClient:
        if self._other is None:
            limits = httpx2.Limits(max_connections=self._connections)
            self._other = httpx2.AsyncClient(timeout=self._timeout_seconds, limits=limits, trust_env=False)
        return self._other

    def _plain_client(self, host: str, port: int) -> HttpClient:
        client = self._plain.get((host, port))
        if client is None:
            client = HttpClient(host, port, connections=self._connections, timeout_seconds=self._timeout_seconds)
            self._plain[host, port] = client
        return client


@lru_cache(maxsize=4096)
def _plain_target(url: str) -> _Target | None:
    """None where the plain way will not do: another scheme, IPv6, or what a URL should not hold."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or not host or ":" in host or not _PRINTABLE.fullmatch(url):
        return None
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    authorization = ""
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(user.encode()).decode()
    return _Target(host, port or 80, path if path.startswith("/") else f"/{path}", authorization)
