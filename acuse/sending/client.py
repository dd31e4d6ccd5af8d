"""A client of the send API, which repeats what may be repeated."""

import ssl
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from acuse.errors import Refusal
from acuse.sending.address import IngestAddress

ANSWER_SECONDS: Final = 30.0
TRIES: Final = 6
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
UNAVAILABLE: Final = 503
UNAUTHORIZED: Final = 401


class SendClient:
    """Asks one ingest; use as a context manager. Every method raises `Refusal` with one line for who runs it."""

    def __init__(
        self,
        address: IngestAddress,
        *,
        transport: httpx2.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._pause = pause
        is_plain = address.url.startswith("http://")
        self._client = httpx2.Client(
            headers={"authorization": f"Bearer {address.token}"},
            timeout=ANSWER_SECONDS,
            transport=transport,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True,  # unused, and quick to make
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, body: bytes, key: str) -> dict[str, Any]:
        """`POST /v1/messages`. The key makes it safe to ask again: no message is sent twice."""
        headers = {"content-type": "application/json", "idempotency-key": key}
        return self._ask("/v1/messages", body, headers)

    def settle(self, message_id: str, body: bytes) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        return self._ask(f"/v1/messages/{message_id}/settle", body, headers)

    def _ask(self, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        pause = FIRST_PAUSE_SECONDS
        trouble = ""
        for attempt in range(TRIES):
            if attempt:
                self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            try:
                answer = self._client.post(self._address.url + path, content=body, headers=headers)
            except httpx2.HTTPError as error:
                trouble = f"does not answer ({type(error).__name__})"
                continue
            if answer.status_code != UNAVAILABLE:
                return self._read(answer)
            trouble = _said(answer)
            pause = max(pause, _seconds(answer.headers.get("retry-after", "")))
        raise Refusal(f"ingest at {self._address.url}: {trouble}; gave up after {TRIES} tries")

    def _read(self, answer: httpx2.Response) -> dict[str, Any]:
        if answer.is_success:
            content: dict[str, Any] = answer.json()
            return content
        if answer.status_code == UNAUTHORIZED:
            raise Refusal(
                f"ingest at {self._address.url} does not know the token; set [api] tokens as it has them, or name the "
                "local stack's directory with --data"
            )
        raise Refusal(f"ingest at {self._address.url}: {_said(answer)}")


def _said(answer: httpx2.Response) -> str:
    try:
        content = answer.json()
        field, error = content.get("field", ""), content["error"]
    except (ValueError, KeyError, AttributeError):
        return f"HTTP {answer.status_code}"
    return f"{field}: {error}" if field else str(error)


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_PAUSE_SECONDS) if retry_after.isdecimal() else 0.0
