"""The application that is told: a server that verifies what it gets and answers as the caller's own reference says."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from acuse.listening import listen

KEYS = (b"k" * 32, b"l" * 24)
SECRETS = tuple("whsec_" + base64.b64encode(key).decode() for key in KEYS)


@dataclass(frozen=True)
class Told:
    """One request."""

    notice_id: str
    timestamp: int
    body: dict
    at: float

    @property
    def reference(self) -> str:
        return self.body["data"].get("reference", "")


class Application:
    """`answers_all` is what it answers whatever the reference says, as a status; 0 holds requests back."""

    def __init__(self) -> None:
        self.url = ""
        self.told: list[Told] = []
        self.taken: dict[str, int] = {}
        self.forged: list[str] = []
        self.under_way = self.most_under_way = 0
        self.answers_all: int | None = None
        self.lets_go = False
        self.app = Starlette(routes=[Route("/hooks", self._hook, methods=["GET", "POST"])])

    def times(self, notice_id: str) -> int:
        return sum(told.notice_id == notice_id for told in self.told)

    async def _hook(self, request: Request) -> Response:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(request)
        except ClientDisconnect:
            return Response(status_code=499)
        finally:
            self.under_way -= 1

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        notice_id, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        if not _is_genuine(request, body):
            self.forged.append(notice_id)
            return Response(status_code=401)
        before = self.times(notice_id)
        told = Told(notice_id, int(timestamp), json.loads(body), time.monotonic())
        self.told.append(told)
        while self.answers_all == 0:  # noqa: ASYNC110 - the test's own thread changes it
            await asyncio.sleep(0.02)
        if self.answers_all is not None and self.answers_all >= 300:
            return Response(status_code=self.answers_all)
        verb, _, argument = told.reference.partition(" ")
        if verb == "slow":
            await asyncio.sleep(float(argument))
        while verb == "held" and not self.lets_go:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
        answer = _refusal(verb, argument, before)
        if answer is None:
            self.taken[notice_id] = self.taken.get(notice_id, 0) + 1
            return _endless() if verb == "endless" else Response(status_code=204)
        return answer


def _refusal(verb: str, argument: str, before: int) -> Response | None:
    """`before` is how often it was told already."""
    match verb:
        case "fail" if before < float(argument or "inf"):
            return Response(status_code=500)
        case "refuse":
            return Response(status_code=400)
        case "redirect":
            return Response(status_code=307, headers={"location": "/hooks"})
        case "busy-for" if before == 0:
            return Response(status_code=429, headers={"retry-after": argument})
    return None


def _endless() -> Response:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536
            await asyncio.sleep(0)

    return StreamingResponse(drip())


def _is_genuine(request: Request, body: bytes) -> bool:
    """As the specification says, by another's hand than the one that signed."""
    timestamp = request.headers["webhook-timestamp"]
    content = request.headers["webhook-id"].encode() + b"." + timestamp.encode() + b"." + body
    given = request.headers["webhook-signature"].split(" ")
    expected = ["v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in KEYS]
    return given == expected and abs(time.time() - int(timestamp)) < 300 and request.method == "POST"


@contextmanager
def serving(application: Application, *, certificate: Path | None = None) -> Iterator[Application]:
    """From a thread of its own, so that it answers whatever the test's loop does. `certificate` holds the key too."""
    listening = listen("127.0.0.1", 0)
    scheme = "https" if certificate else "http"
    application.url = f"{scheme}://localhost:{listening.getsockname()[1]}/hooks"
    if certificate is None:
        application.url = application.url.replace("localhost", "127.0.0.1")
    config = uvicorn.Config(
        application.app,
        access_log=False,
        log_config=None,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield application
    finally:
        application.answers_all, application.lets_go = 503, True
        server.should_exit = True
        thread.join(5)
        listening.close()
