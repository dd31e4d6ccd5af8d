"""The caller's application, over HTTP: one request at a time, and what its answer means."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx2

from ingest.caller import USER_AGENT, utc_now
from ingest.notify.config import ReceiverConfig
from ingest.notify.connections import tls_context
from ingest.outbound import Busy, HttpAnswer, Unclear, retry_after

ANSWER_BYTES: Final = 64 * 1024
"""Nothing of the body counts; so much is read that the connection can be used again."""
GONE: Final = 410
TOO_MANY: Final = 429
SERVER_ERRORS: Final = 500


class Outcome(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    """An answer about this notice."""
    BUSY = "busy"
    """It wants fewer of them, or is not well."""
    UNANSWERED = "unanswered"
    GONE = "gone"
    """It wants no more notices at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`why` says in words what was wrong; `retry_after_seconds` is the receiver's own wish."""

    outcome: Outcome
    status: int | None = None
    why: str = ""
    retry_after_seconds: float | None = None
    http: HttpAnswer | None = None

    @property
    def about_the_receiver(self) -> object:
        """What a gate learns of it."""
        match self.outcome:
            case Outcome.BUSY if self.status == TOO_MANY or self.retry_after_seconds is not None:
                return Busy(self.why, self.retry_after_seconds)
            case Outcome.BUSY | Outcome.UNANSWERED:
                return Unclear(self.why)
        return None


class Receiver:
    """Certificates are verified, redirects not followed, cookies and proxies not heeded. Close it in its loop."""

    def __init__(self, config: ReceiverConfig) -> None:
        self._url = config.url
        self._seconds = config.connect_seconds + config.answer_seconds
        self._client = httpx2.AsyncClient(
            verify=tls_context(config.ca_file),
            timeout=httpx2.Timeout(config.answer_seconds, connect=config.connect_seconds),
            limits=httpx2.Limits(
                max_connections=config.concurrency, max_keepalive_connections=config.concurrency, keepalive_expiry=3.0
            ),
            headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What came of it, within the time that the receiver has; never raises for what it does."""
        request = self._client.build_request(
            "POST", self._url, content=body, headers={"content-type": "application/json", **headers}
        )
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.send(request, stream=True)
        except TimeoutError:
            return Answer(Outcome.UNANSWERED, why=f"no answer within {self._seconds:g} s")
        except (httpx2.HTTPError, OSError) as error:
            return Answer(Outcome.UNANSWERED, why=_in_words(error))
        try:
            return _read(response)
        finally:
            await self._let_go(response)

    async def _let_go(self, response: httpx2.Response) -> None:
        # The status has said all. A body that drips, breaks off or has no end takes nothing of that back.
        read = 0
        with contextlib.suppress(TimeoutError, httpx2.HTTPError, OSError):
            try:
                async with asyncio.timeout(self._seconds):
                    async for chunk in response.aiter_raw():
                        read += len(chunk)
                        if read > ANSWER_BYTES:
                            break
            finally:
                await response.aclose()


def _read(response: httpx2.Response) -> Answer:
    status = response.status_code
    if response.is_success:
        return Answer(Outcome.TAKEN, status)
    headers = {name.lower(): value for name, value in response.headers.items()}
    http = HttpAnswer(status=status, body=b"", received_at=utc_now(), headers=headers)
    if status == GONE:
        outcome = Outcome.GONE
    elif status == TOO_MANY or status >= SERVER_ERRORS:
        outcome = Outcome.BUSY
    else:
        outcome = Outcome.REFUSED
    return Answer(outcome, status, f"HTTP {status}", retry_after(http), http)


def _in_words(error: Exception) -> str:
    """The kind alone, but for certificates: messages may quote the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return f"not reached: {type(error).__name__}"
