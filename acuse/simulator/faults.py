"""What goes wrong between a caller and a provider: wraps a simulator, which knows nothing of it."""

import asyncio
import re
from collections import Counter
from typing import Final

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from acuse.simulator.clock import Clock
from acuse.simulator.endings import MAGIC_HTTP, NEVER_TAKEN, HttpFault
from acuse.simulator.fates import chance_of
from acuse.simulator.requests import Asked, RequestLog
from acuse.simulator.world import World

RESET: Final = "acuse.simulator.reset"
"""The ASGI extension by which `server.py` lets a connection be reset."""
MOST_BODY: Final = 10_000_000
FORGETS: Final = 1_000
"""Magic numbers that are remembered as struck before."""
_MAGIC_NUMBER: Final = re.compile(rb"(?<![\w-])(?:\+|%2[Bb]|00)?(\d{3,11}99[45]\d)(?![\w-])")
PAGE: Final = "<!doctype html><html><head><title>Acceso</title></head><body><h1>Inicie sesión</h1></body></html>"


class Faults:
    """An ASGI application around a provider's: notes each request and lets the world strike it."""

    def __init__(self, app: ASGIApp, provider: str, world: World, clock: Clock, log: RequestLog) -> None:
        self._app = app
        self._provider = provider
        self._world = world
        self._clock = clock
        self._log = log
        self._count = 0
        self._struck: Counter[bytes] = Counter()
        self._second = 0
        self._in_second = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return  # whoever was about to ask is gone
        asked = Asked(
            provider=self._provider,
            method=scope["method"],
            path=scope["path"].removeprefix(scope.get("root_path", "")),
            query=scope["query_string"].decode("latin-1"),
            body=body,
            at=self._clock(),
        )
        self._log.add(asked)
        fault, taken = self._fault(body + b"&" + scope["query_string"])
        answer = _Answer()
        if fault is None or taken:
            await self._app(scope, _again(body), answer.take)
        asked.passed_on = fault is None or taken
        if fault is None:
            asked.status = answer.status
            for message in answer.messages:
                await send(message)
            return
        asked.fault = fault.value
        await self._strike(fault, answer, asked, scope, receive, send)

    def _fault(self, text: bytes) -> tuple[HttpFault | None, bool]:
        """What happens to this request, and whether the provider takes it all the same."""
        self._count += 1
        outage = self._world.outage(self._provider, self._clock())
        if outage:
            return outage, False
        shares = self._world.http_faults(self._provider)
        if shares.most_per_second and self._too_fast(shares.most_per_second):
            return HttpFault.BUSY, False
        magic = self._magic(text)
        if magic:
            return magic
        chance = chance_of(self._world.seed, self._provider, "http", self._count)
        drawn = chance.random()
        for fault in HttpFault:
            drawn -= getattr(shares, fault.value)
            if drawn < 0:
                return fault, fault not in NEVER_TAKEN and chance.random() < shares.taken
        return None, False

    def _too_fast(self, most: int) -> bool:
        second = int(self._clock().timestamp())
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        return self._in_second > most

    def _magic(self, text: bytes) -> tuple[HttpFault, bool] | None:
        if not self._world.file.magic_numbers:
            return None
        for number in _MAGIC_NUMBER.findall(text):
            fault = MAGIC_HTTP.get(number[-4:].decode())
            if fault and not self._struck[number]:
                if len(self._struck) > FORGETS:
                    self._struck.clear()
                self._struck[number] += 1
                return fault
        return None

    async def _strike(
        self, fault: HttpFault, answer: "_Answer", asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        shares = self._world.http_faults(self._provider)
        wait = {"retry-after": str(shares.retry_after_seconds)}
        if fault in (HttpFault.HANG, HttpFault.RESET):
            await asyncio.sleep(shares.hang_seconds if fault is HttpFault.HANG else 0)
            _reset(scope)
            return
        if fault is HttpFault.TRUNCATED:
            await answer.half(send)
            _reset(scope)
            return
        responses: dict[HttpFault, Response] = {
            HttpFault.BUSY: JSONResponse({"error": "Too many requests."}, 429, headers=wait),
            HttpFault.ERROR: JSONResponse({"error": "Internal server error. Please contact support."}, 500),
            HttpFault.UNAVAILABLE: JSONResponse({"error": "Service unavailable."}, 503, headers=wait),
            HttpFault.HTML: HTMLResponse(PAGE),
        }
        asked.status = responses[fault].status_code
        await responses[fault](scope, receive, send)


class _Answer:
    """What the simulator answers, kept back until it is known what becomes of it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status: int | None = None

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.messages.append(message)

    async def half(self, send: Send) -> None:
        body = b"".join(message.get("body", b"") for message in self.messages) or b'{"res": 1}'
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


def _reset(scope: Scope) -> None:
    reset = scope.get("extensions", {}).get(RESET)
    if reset is None:
        raise ConnectionResetError("reset by the simulated world")
    reset()


async def _whole(receive: Receive) -> bytes | None:
    """The body, or what there is of it within ``MOST_BODY``; None where its sender did not send it to the end."""
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BODY:
            parts.append(part)
        if message["type"] == "http.disconnect":
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
