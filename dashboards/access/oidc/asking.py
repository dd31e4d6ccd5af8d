"""One question to the provider over HTTP: bounded in time and length, and following no redirect."""

import asyncio
from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec

from dashboards.access.peers import is_loopback

LONGEST_ANSWER: Final = 512 * 1024
JSON: Final = {"Accept": "application/json"}

_Read = TypeVar("_Read")


class ProviderTrouble(Exception):
    """It cannot be asked, or does not answer as OpenID providers do. The message is for an operator."""


async def ask(
    method: str,
    address: str,
    *,
    seconds: float,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """The whole answer, whatever its status. No single wait is longer than `seconds`, and all together twice that.

    A client of its own for each: people sign in seldom, and nothing is left open meanwhile. Raises `ProviderTrouble`.
    """
    try:
        async with (
            asyncio.timeout(2 * seconds),
            httpx2.AsyncClient(timeout=seconds) as client,
            client.stream(method, address, data=form, headers={**JSON, **(headers or {})}) as answer,
        ):
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    raise ProviderTrouble("it answers without end")
            return httpx2.Response(answer.status_code, content=bytes(body))
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise ProviderTrouble(f"it cannot be reached: {type(error).__name__}") from None


def read(answer: httpx2.Response, kind: type[_Read]) -> _Read:
    """Raises `ProviderTrouble`."""
    if answer.status_code != httpx2.codes.OK:
        raise ProviderTrouble(f"it answers with {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProviderTrouble(f"it answers what cannot be read: {error}") from None


def is_guarded(address: str) -> bool:
    """Whether nobody on the way can read or change what goes there."""
    try:
        parts = urlsplit(address)
        name = parts.hostname or ""
    except ValueError:
        return False
    return bool(name) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name)))
