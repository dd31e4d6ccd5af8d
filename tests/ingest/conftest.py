"""A provider of our own to test the edge with, a publisher that needs no Kafka, and a client that needs no socket."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

import httpx2
import pytest
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Source, Status, decode
from delivery.orders import Order
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.requests import Request, decode_request
from delivery.stages import Stage
from delivery.topics import EVENTS, REQUESTS, UNPARSED
from delivery.unparsed import Unparsed, decode_unparsed
from ingest.accounts import Account, NotConfigured
from ingest.app import create_app, utc_now
from ingest.config import IngestConfig
from ingest.credentials import proves_basic
from ingest.outbound import HttpAnswer, HttpCall, Sending, SendResult, Unclear
from ingest.provider import Provider
from ingest.publisher import NotPublished, Record
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable, WebhookRequest

USERNAME, PASSWORD, TOKEN = "anybody", "s3cret", "token-of-a-caller"
BASIC = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
BEARER = {"authorization": f"Bearer {TOKEN}"}


class Courier:
    """`[{"id": …, "code": …}, …]` or one of them, over POST or GET (`?id=…`), with Basic credentials."""

    name = "courier"
    title = "Courier"
    credential_fields = ("api_key",)
    channels = frozenset({Channel.SMS, Channel.EMAIL})
    webhook_methods = frozenset({"POST", "GET"})
    codes: Mapping[str, Outcome] = {
        "ok": Outcome(Stage.DELIVERED, final=True, text="Delivered"),
        "no": Outcome(Stage.REJECTED, Reason.NO_CREDIT, final=True, text="No credit"),
    }

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        del channel
        if reported == "impossible":
            raise Unreadable("ref", "give the id of the response")
        return recipient_ref(reported, recipient) if reported.startswith("batch") and recipient else reported

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return proves_basic(request.headers, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        try:
            found = json.loads(request.body or json.dumps({"id": request.query, "code": "ok"}))
        except ValueError:
            raise Unreadable("body", "send JSON") from None
        reports = found if isinstance(found, list) else [found]
        if any(report.get("code") == "explode" for report in reports):
            raise KeyError(reports[0]["id"])
        return [self._status(report, request, index) for index, report in enumerate(reports)]

    def _status(self, report: dict[str, str], request: WebhookRequest, index: int) -> Status:
        outcome = self.codes.get(report["code"], UNKNOWN)
        return Status(
            provider=self.name,
            ref=report["id"],
            channel=Channel.SMS,
            received_at=request.received_at,
            source=Source.WEBHOOK,
            code=report["code"],
            stage=outcome.stage,
            reason=outcome.reason,
            final=outcome.final,
            payload=Payload(sha256=sha256(request.body).hexdigest(), index=index),
            personal=Personal(raw=request.body),
        )


class ChattyCourier(Courier):
    """Courier after a mend: it reads `id=code` too."""

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        identifier, equals, code = request.body.decode().partition("=")
        if not equals:
            return super().parse(request)
        return [self._status({"id": identifier, "code": code}, request, 0)]


class Hermit:
    name = "hermit"
    title = "Hermit"
    credential_fields = ()
    channels = frozenset({Channel.SMS})
    codes: Mapping[str, Outcome] = {}
    no_webhooks_because = "Hermit has no callbacks; it is asked instead."

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        del recipient, channel
        return reported


class RunnerOptions(Struct, frozen=True, kw_only=True):
    urgent: bool = False
    floor: Annotated[int, Meta(ge=0, le=99)] | None = None
    mood: Literal["calm", "brisk"] = "calm"


class Runner(Courier):
    """Courier, who delivers as well: SMS and e-mail, with a key in a header. He takes no time limits."""

    name = "runner"
    title = "Runner"
    public_base_url = "https://runner.example"
    sends_on = frozenset({Channel.SMS, Channel.EMAIL, Channel.VOICE, Channel.WHATSAPP})
    channels = sends_on
    options = RunnerOptions

    def headers(self, account: Account) -> Mapping[str, str]:
        if not (key := account.credentials.get("api_key")):
            raise NotConfigured(f"[providers.{account.name}] api_key: give the one of the contract")
        return {"x-key": key}

    def check(self, order: Order) -> None:
        if order.ttl_seconds is not None:
            raise Unsendable("ttl", "Runner runs until he is there; leave it out")

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        if order.personal.text == "not from this account":
            raise Unsendable("text", f"{sending.account.name} may not say this")
        return HttpCall("POST", "/run", body=json.dumps({"to": order.personal.to, "ref": sending.reference}).encode())

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        del order, sending
        return Unclear(f"HTTP {answer.status}")


class Stranger(Runner):
    """A Runner whose address nobody knows."""

    name = "stranger"
    public_base_url = ""
    sends_on = frozenset({Channel.SMS})


class Debtor(Runner):
    name = "debtor"
    sends_on = frozenset({Channel.SMS})


PROVIDERS: Mapping[str, type[Provider]] = {"courier": Courier, "hermit": Hermit}
SENDERS: Mapping[str, type[Provider]] = {**PROVIDERS, "runner": Runner, "stranger": Stranger, "debtor": Debtor}
MENDED: Mapping[str, type[Provider]] = {"courier": ChattyCourier, "hermit": Hermit}


class MemoryPublisher:
    """Keeps records in a list. It can be told to refuse, and to take its time."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.refuses_with: NotPublished | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, records: Sequence[Record]) -> None:
        await self.gate.wait()
        if self.refuses_with:
            raise self.refuses_with
        self.records.extend(records)

    def troubles(self) -> Mapping[str, str]:
        return {"kafka": str(self.refuses_with)} if self.refuses_with else {}

    @property
    def events(self) -> list[Event]:
        return [decode(record.value) for record in self.records if record.topic == EVENTS.name]

    @property
    def requests(self) -> list[Request]:
        return [decode_request(record.value) for record in self.records if record.topic == REQUESTS.name]

    @property
    def unparsed(self) -> list[Unparsed]:
        return [decode_unparsed(record.value) for record in self.records if record.topic == UNPARSED.name]


@dataclass(frozen=True)
class Edge:
    """A client of an app, for the parts of provider and caller, and what the app published."""

    client: httpx2.AsyncClient
    publisher: MemoryPublisher
    bearer: Mapping[str, str] = field(default_factory=lambda: dict(BEARER))

    async def webhook(self, body: bytes, **more: object) -> httpx2.Response:
        headers = {"authorization": BASIC}
        return await self.client.post("/webhooks/courier", content=body, headers=headers, **more)  # type: ignore[arg-type]

    async def send(self, body: object, **headers: str) -> httpx2.Response:
        return await self.client.post("/v1/messages", json=body, headers={**BEARER, **headers})

    async def report(self, body: object) -> httpx2.Response:
        return await self.client.post("/v1/sends", json=body, headers=BEARER)


@pytest.fixture
def config() -> IngestConfig:
    return IngestConfig(
        bootstrap_servers="127.0.0.1:1",
        accounts={
            "runner": Account("runner", credentials={"api_key": "k3y"}),
            "stranger": Account("stranger", credentials={"api_key": "k3y"}),
            "courier": Account(
                "courier", callback_username=USERNAME, callback_password=PASSWORD, credentials={"api_key": "k3y"}
            ),
        },
        api_tokens=frozenset({TOKEN, "another"}),
        body_limit_bytes=10_000,
        body_timeout_seconds=0.2,
        produce_timeout_seconds=4,
        max_in_flight=8,
    )


OpenEdge = Callable[..., AbstractAsyncContextManager[Edge]]


@pytest.fixture
def open_edge(config: IngestConfig) -> OpenEdge:
    """An edge with some settings changed."""

    @asynccontextmanager
    async def opened(
        *,
        clock: Callable[[], datetime] = utc_now,
        providers: Mapping[str, type[Provider]] = PROVIDERS,
        **changes: object,
    ) -> AsyncIterator[Edge]:
        publisher = MemoryPublisher()
        settings = replace(config, **changes)  # type: ignore[arg-type] # each test knows the setting that it changes
        app = create_app(settings, providers=providers, publisher=publisher, clock=clock)
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ingest") as client:
            yield Edge(client, publisher)

    return opened


@pytest.fixture
async def edge(open_edge: OpenEdge) -> AsyncIterator[Edge]:
    async with open_edge() as opened:
        yield opened


@pytest.fixture
def unique() -> str:
    """A word that no other test puts into the shared broker."""
    return f"u{uuid.uuid4().hex[:12]}"


@pytest.fixture
def basic() -> dict[str, str]:
    """The courier's credentials."""
    return {"authorization": BASIC}


@pytest.fixture
def bearer() -> dict[str, str]:
    """A caller's token."""
    return dict(BEARER)


@pytest.fixture
def providers() -> Mapping[str, type[Provider]]:
    return PROVIDERS


@pytest.fixture
def senders() -> Mapping[str, type[Provider]]:
    """The same, and some that send: `runner` can, `stranger` has no address, `debtor` no key."""
    return SENDERS


@pytest.fixture
def mended_providers() -> Mapping[str, type[Provider]]:
    """The same, after somebody taught the courier to read more."""
    return MENDED
