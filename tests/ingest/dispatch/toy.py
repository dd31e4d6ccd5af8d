"""A provider of our own, and the server that it is: what it does with a message is written in the message's text."""

import asyncio
import hashlib
import json
import math
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from acuse.listening import listen
from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Payload, Personal, Precision, ProviderTime, Reply, Source, Status, Zone
from delivery.orders import Order
from delivery.outcomes import Outcome
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.outbound import (
    JSON,
    AskNext,
    AskResult,
    Busy,
    HttpAnswer,
    HttpCall,
    LookupResult,
    NotFound,
    NothingToAsk,
    Refused,
    Sending,
    SendResult,
    Taken,
    Told,
    Unclear,
    common_failure,
)
from ingest.sent import sent_event

KEY = "the-key"


class NoOptions(msgspec.Struct):
    pass


class Toy:
    name = "toy"
    title = "Toy"
    credential_fields = ("key",)
    channels = frozenset({Channel.SMS, Channel.VOICE})
    codes: Mapping[str, Outcome] = {}
    public_base_url = ""
    sends_on = polls_on = cancels_on = frozenset({Channel.SMS})
    options = NoOptions

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        del recipient, channel
        return reported

    def headers(self, account: Account) -> Mapping[str, str]:
        if not account.credentials.get("key"):
            raise NotConfigured("[providers.toy] key: say the key")
        if halted := os.environ.get("TOY_HALTS_BEFORE_CALLS"):
            # For one process: stand still between claim and call, once, until somebody continues it.
            del os.environ["TOY_HALTS_BEFORE_CALLS"]
            with open(halted, "w") as told:  # noqa: PTH123
                told.write(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
        return {"authorization": account.credentials["key"]}

    def check(self, order: Order) -> None: ...

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        body = {"reference": sending.reference, "to": order.personal.to, "text": order.personal.text}
        return HttpCall("POST", "/send", json.dumps(body).encode(), JSON)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        if failure := common_failure(answer):
            return failure
        if answer.status == 422:
            return Refused(Reason.INVALID_NUMBER, "N1", "no such number")
        try:
            found = json.loads(answer.body)
        except ValueError:
            return Unclear("no JSON")
        if found.get("explode"):
            raise KeyError(found["explode"])
        return Taken([sent_event(order, sending, answer, self.send_call(order, sending), ref=found["id"])])

    def poll_call(self, target: Target, account: Account) -> HttpCall:
        del account
        if target.ref == "never":
            raise NothingToAsk("it was never given an id")
        return HttpCall("GET", f"/status/{target.ref}")

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        if failure := common_failure(answer):
            return failure
        if answer.status == 404:
            return NotFound("no such message")
        if answer.status == 403:
            return Refused(Reason.UNSPECIFIED, "-2", "it is not yours")
        found = json.loads(answer.body)
        if "ask" in found:
            return AskNext(HttpCall("GET", found["ask"]))
        return Told([_status(target, answer, Stage.DELIVERED, "ok", Source.POLL)] if found["done"] else [])

    def cancel_call(self, target: Target, account: Account) -> HttpCall:
        del account
        return HttpCall("DELETE", f"/messages/{target.ref}")

    def read_cancelled(self, target: Target, answer: HttpAnswer) -> AskResult:
        if failure := common_failure(answer):
            return failure
        if answer.status == 409:
            return Refused(Reason.UNSPECIFIED, "late", "it is gone")
        return Told([_status(target, answer, Stage.CANCELLED, "gone", Source.CALL)])


class ToyThatLooksUp(Toy):
    def lookup_call(self, order: Order, sending: Sending, since: datetime) -> HttpCall:
        del order, since
        return HttpCall("GET", f"/lookup/{sending.reference}")

    def read_looked_up(self, order: Order, sending: Sending, since: datetime, answer: HttpAnswer) -> LookupResult:
        del since
        if answer.status == 404:
            return NotFound("knows nothing of it")
        if answer.status != 200:
            return Busy("later")
        found = json.loads(answer.body)
        return Taken([sent_event(order, sending, answer, self.send_call(order, sending), ref=found["id"])])


class ToyWithInbox(Toy):
    def list_call(self, account: Account, cursor: str | None) -> HttpCall | None:
        del account
        return HttpCall("GET", f"/inbox/{cursor or 0}")

    def read_listed(self, account: Account, cursor: str | None, answer: HttpAnswer) -> AskResult:
        del account, cursor
        page = json.loads(answer.body)
        return Told([_reply(number, answer) for number in page["messages"]], page["next"])


def _status(target: Target, answer: HttpAnswer, stage: Stage, code: str, source: Source) -> Status:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Status(
        provider="toy",
        ref=target.ref,
        channel=target.channel,
        received_at=answer.received_at,
        source=source,
        occurred=ProviderTime(at=at, zone=Zone.STATED, precision=Precision.SECOND, text=at.isoformat()),
        code=code,
        stage=stage,
        final=True,
        payload=answer.payload,
        personal=Personal(raw=answer.body),
    )


def _reply(number: str, answer: HttpAnswer) -> Reply:
    return Reply(
        provider="toy",
        ref=number,
        channel=Channel.SMS,
        received_at=answer.received_at,
        source=Source.POLL,
        reply_id=number,
        payload=Payload(sha256=hashlib.sha256(answer.body).hexdigest()),
        personal=Personal(text="hello"),
    )


class ToyServer:
    """Beside its own thread everything may read it; the counts are of requests that were whole."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        """The references of all sends that arrived, in their order."""
        self.taken: dict[str, int] = {}
        """How often each reference was taken."""
        self.times: list[float] = []
        self.looked_up = self.asked_of_others = 0
        self.unauthorised = False
        self.inbox: list[str] = []
        self.url = ""

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/send", self._send, methods=["POST"]),
                Route("/lookup/{reference}", self._lookup),
                Route("/status/{ref}", self._status),
                Route("/messages/{ref}", self._cancel, methods=["DELETE"]),
                Route("/inbox/{page}", self._inbox),
            ]
        )

    async def _send(self, request: Request) -> Response:
        try:
            order = await request.json()
        except ClientDisconnect:  # it was killed
            return Response(status_code=400)
        reference, text = order["reference"], order["text"]
        self.requests.append(reference)
        self.times.append(time.monotonic())
        before = self.requests.count(reference) - 1
        if self.unauthorised or request.headers["authorization"] != KEY:
            return Response(status_code=401)
        verb, _, argument = text.partition(" ")
        if not_taken := _not_taken(verb, argument, before):
            return not_taken
        self.taken[reference] = self.taken.get(reference, 0) + 1
        if verb in ("hang", "slow"):
            await asyncio.sleep(float(argument))
        if verb == "reset":
            return StreamingResponse(_broken(), media_type=JSON)
        return JSONResponse({"id": _ref(reference)})

    async def _lookup(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        self.looked_up += 1
        if reference not in self.taken:
            return Response(status_code=404)
        return JSONResponse({"id": _ref(reference)})

    async def _status(self, request: Request) -> Response:
        ref = request.path_params["ref"]
        if ref == "unknown":
            return Response(status_code=404)
        if ref.startswith("foreign"):
            self.asked_of_others += 1
            return Response(status_code=403)
        if ref == "asks-on":
            return JSONResponse({"ask": "/status/answer"})
        return JSONResponse({"done": ref != "pending"}, 500 if ref == "fails" else 200)

    async def _cancel(self, request: Request) -> Response:
        return Response(status_code=409 if request.path_params["ref"] == "late" else 204)

    async def _inbox(self, request: Request) -> Response:
        page = int(request.path_params["page"])
        newest = self.inbox[::-1]
        more = len(newest) > 2 * page + 2
        return JSONResponse({"messages": newest[2 * page : 2 * page + 2], "next": str(page + 1) if more else None})


def _not_taken(verb: str, argument: str, before: int) -> Response | None:
    """`before` is how often it was sent already."""
    answers: Mapping[str, tuple[float, Response]] = {
        "refuse": (math.inf, Response(status_code=422)),
        "busy": (float(argument or 0), Response(status_code=429, headers={"retry-after": "0"})),
        "busy-for": (1, Response(status_code=429, headers={"retry-after": argument})),
        "fail": (math.inf, Response(status_code=500)),
        "lose": (1, Response(status_code=500)),
        "explode": (math.inf, JSONResponse({"explode": "x"})),
        "html": (math.inf, Response("<html>", media_type="text/html")),
    }
    times, answer = answers.get(verb, (0, Response()))
    return answer if before < times else None


def _ref(reference: str) -> str:
    return f"toy-{hashlib.sha256(reference.encode()).hexdigest()[:12]}"


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"id": '
    raise ConnectionResetError


@contextmanager
def serving(toy: ToyServer) -> Iterator[ToyServer]:
    """From a thread of its own, so that it answers whatever the test's loop does."""
    listening = listen("127.0.0.1", 0)
    toy.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        toy.app, access_log=False, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield toy
    finally:
        server.should_exit = True
        thread.join(5)
        listening.close()
