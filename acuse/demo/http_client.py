"""A lean HTTP/1.1 client for one server: connections that are kept, one request at a time on each.

The demo shares two cores with all that it feeds; a full-featured client would take most of one of them.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, cast

import httptools

CONNECT_SECONDS: Final = 5.0


class NoAnswer(OSError):
    """The connection broke, or the answer did not come in time: whether the request was taken is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``retry_after`` is the header's seconds, None where there was none."""

    status: int
    retry_after: float | None
    body: bytes


def request_head(method: str, path: str, host: str, headers: dict[str, str]) -> bytes:
    """The head of a request but for its length; ``request`` completes it. Made once and used for many requests."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def request(head: bytes, body: bytes = b"") -> bytes:
    return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)


class _Connection(asyncio.Protocol):
    """One connection. ``httptools`` calls the ``on_`` methods as it parses."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._retry_after: float | None = None
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio promises it for a stream; uvloop's own is one in all but its class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own name
        self._transport = None
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(NoAnswer("the connection was closed before the answer"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after" and value.isdigit():
            self._retry_after = float(value)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer = Answer(self._parser.get_status_code(), self._retry_after, b"".join(self._body))
        if not self._parser.should_keep_alive():
            self.close()
        self._begin()
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(answer)

    @property
    def alive(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, raw: bytes) -> asyncio.Future[Answer]:
        if self._transport is None:
            raise NoAnswer("the connection was closed before the request")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._retry_after = None
        self._body = []


class HttpClient:
    """At most ``connections`` requests at a time, each answered within ``timeout_seconds`` or ``NoAnswer``."""

    def __init__(self, host: str, port: int, *, connections: int, timeout_seconds: float) -> None:
        self.host = f"{host}:{port}"
        self._address = (host, port)
        self._timeout_seconds = timeout_seconds
        self._free = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []

    async def ask(self, raw: bytes) -> Answer:
        """The answer to one request. Raises ``NoAnswer``."""
        async with self._free:
            connection = self._kept() or await self._connect()
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await connection.ask(raw)
            except TimeoutError:
                connection.close()
                raise NoAnswer(f"no answer within {self._timeout_seconds:g} s") from None
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> _Connection | None:
        """A connection that the server has not closed in the meantime, as servers do with idle ones."""
        while self._idle:
            connection = self._idle.pop()
            if connection.alive:
                return connection
        return None

    async def _connect(self) -> _Connection:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(_Connection, *self._address)
        except OSError as error:  # TimeoutError is one
            raise NoAnswer(f"cannot connect to {self.host}: {error or 'no answer'}") from error
        return connection
