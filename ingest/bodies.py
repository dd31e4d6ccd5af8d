"""Reading a request's body: bounded in size, in time, and in memory over all requests together."""

from typing import Final

from starlette.types import Receive, Scope

from ingest.deadlines import Deadlines

_CONTENT_LENGTH: Final = b"content-length"


class BodyTooLarge(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is over the limit of {limit} bytes")


class BodyTooSlow(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body did not arrive within {seconds:g} s")


class TooManyBodies(Exception):
    def __init__(self) -> None:
        super().__init__("too many bodies are being read at present")


class ClientLeft(Exception):
    """The client closed the connection before its body was whole: there is nobody to answer."""


class BodyReader:
    """Reads bodies of at most `limit_bytes` within `timeout_seconds`, holding at most `held_bytes` at one time."""

    def __init__(self, *, limit_bytes: int, timeout_seconds: float, held_bytes: int) -> None:
        self._limit = limit_bytes
        self._deadlines = Deadlines(timeout_seconds)
        self._budget = held_bytes

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body.

        Raises `BodyTooLarge` (by its announced length or by what came), `BodyTooSlow`, `TooManyBodies`, `ClientLeft`.
        """
        self._check_announced(scope)
        try:
            with self._deadlines.limit():
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                body: bytes = message.get("body", b"")
                if not message.get("more_body", False):
                    return self._checked(body)
                return await self._read_on(body, receive)
        except TimeoutError:
            raise BodyTooSlow(self._deadlines.seconds) from None

    async def _read_on(self, body: bytes, receive: Receive) -> bytes:
        chunks = [body]
        size = held = len(body)
        self._budget -= held
        try:
            more = True
            while more:
                if size > self._limit:
                    raise BodyTooLarge(self._limit)
                if self._budget < 0:
                    raise TooManyBodies
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                chunk: bytes = message.get("body", b"")
                chunks.append(chunk)
                size += len(chunk)
                held += len(chunk)
                self._budget -= len(chunk)
                more = message.get("more_body", False)
        finally:
            self._budget += held
        return self._checked(b"".join(chunks))

    def _checked(self, body: bytes) -> bytes:
        if len(body) > self._limit:
            raise BodyTooLarge(self._limit)
        return body

    def _check_announced(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == _CONTENT_LENGTH:
                # More digits than any length has are a length over the limit, and none are no length at all.
                if len(value) > len(str(self._limit)) or (value.isdigit() and int(value) > self._limit):
                    raise BodyTooLarge(self._limit)
                return
