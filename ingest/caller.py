"""Carries out calls to one provider's account over HTTP: the one place of ours that a provider is reached from.

What matters of a failure is whether the provider can have had the request. Until a connection stands it cannot, and
that is `Busy`; from then on nobody can tell, and that is `Unclear`.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Final, Self, TypeAlias

import httpx2

from ingest.accounts import Account, NotConfigured
from ingest.outbound import Busy, HttpAnswer, HttpCall, Unclear
from ingest.provider import Authenticates, AuthenticatesInBody

USER_AGENT: Final = "acuse"
IDLE_SECONDS: Final = 3.0
"""How long a connection is kept for the next call. Servers close idle ones after five seconds or later; one that is
closed while we write leaves a message in doubt."""
CERTAINLY_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,  # a header that cannot be written, found before anything is
)
BEFORE_THE_FIRST_BYTE: Final = "http11.send_request_headers.started"
"""What httpx2's trace calls the moment."""

# At INFO and below they write addresses, and some providers want a number there, whatever the level of the process.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """`connections` is how many calls may be under way at one time; `total_seconds` bounds an answer that drips."""

    connections: int = 8
    pool_seconds: float = 10.0
    connect_seconds: float = 5.0
    write_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 60.0
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Withheld:
    """At the last moment it was not to be sent any more, and it was not."""


CallOutcome: TypeAlias = HttpAnswer | Busy | Unclear


class _TooLate(Exception):
    """Whoever asked for the call does not want it to begin any more."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Caller:
    """One account's client, within `async with` or until `close`. Redirects are not followed, cookies not kept."""

    def __init__(
        self,
        provider: Authenticates,
        account: Account,
        limits: CallLimits | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._provider = provider
        self._in_body = provider if isinstance(provider, AuthenticatesInBody) else None
        self._account = account
        self._limits = limits = limits or CallLimits()
        self._clock = clock
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(
                connect=limits.connect_seconds,
                read=limits.read_seconds,
                write=limits.write_seconds,
                pool=limits.pool_seconds,
            ),
            limits=httpx2.Limits(
                max_connections=limits.connections,
                max_keepalive_connections=limits.connections,
                keepalive_expiry=IDLE_SECONDS,
            ),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Calls still under way fail as `Unclear`."""
        await self._client.aclose()

    async def call(self, call: HttpCall) -> CallOutcome:
        """What came back, whatever it says; else whether the provider can have had it. Answers in bounded time.

        Raises `NotConfigured` where the account lacks an address or a credential: then nothing was sent.
        """
        return await self._carried_out(self._request(call))

    async def call_while(self, call: HttpCall, wanted: Callable[[], bool]) -> CallOutcome | Withheld:
        """As `call`, where `wanted` still says so when a connection stands and the first byte is to be written."""

        async def just_before(event: str, _: object) -> None:
            if event == BEFORE_THE_FIRST_BYTE and not wanted():
                raise _TooLate

        request = self._request(call)
        if not wanted():
            return Withheld()
        request.extensions["trace"] = just_before
        try:
            return await self._carried_out(request)
        except _TooLate:
            return Withheld()

    async def _carried_out(self, request: httpx2.Request) -> CallOutcome:
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                return await self._exchange(request)
        except _TooLate:
            raise
        except CERTAINLY_NOT_SENT as error:
            return Busy(f"not reached: {_kind(error)}")
        except TimeoutError:
            return Unclear(f"no whole answer within {self._limits.total_seconds:g} s")
        except Exception as error:  # noqa: BLE001 - whatever it was, the request may have gone out before it
            return Unclear(f"no answer: {_kind(error)}")

    def _request(self, call: HttpCall) -> httpx2.Request:
        account = self._account
        base = account.base_url or self._provider.public_base_url
        if not base:
            raise NotConfigured(f"[providers.{account.name}] base_url: say where the provider's API is")
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity", **call.headers}
        if call.content_type:
            headers["content-type"] = call.content_type
        headers.update(self._provider.headers(account))
        body = call.body
        if self._in_body is not None:
            body = self._in_body.body_with_credentials(call, account)
        try:
            return self._client.build_request(
                call.method,
                base.rstrip("/") + call.path,
                params=list(call.query) or None,
                content=body or None,
                headers=headers,
            )
        except (httpx2.InvalidURL, UnicodeEncodeError) as error:
            raise NotConfigured(
                f"[providers.{account.name}] base_url or a credential cannot be put into a request: {_kind(error)}"
            ) from None

    async def _exchange(self, request: httpx2.Request) -> CallOutcome:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._limits.answer_bytes:
                    return Unclear(f"HTTP {response.status_code} with more than {self._limits.answer_bytes} bytes")
        finally:
            await response.aclose()
        return HttpAnswer(
            status=response.status_code,
            body=bytes(body),
            received_at=self._clock(),
            headers={name.lower(): value for name, value in response.headers.items()},
        )


def _kind(error: BaseException) -> str:
    """The kind of error alone: its message may quote the address, and that a number."""
    return type(error).__name__
