"""A new provider takes one file, one simulator and one fixture folder, as CONTRIBUTING.md says.

Pigeon Post is such a newcomer: `tests/newcomer/pigeon.py`, `pigeon_simulator.py` and `tests/fixtures/pigeon/`. Here it
is put into the registries, the lines that a real one adds, and nothing else of Acuse is told of it.
"""

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import uvicorn

from acuse.local.broker import Broker
from acuse.local.ports import free_port
from acuse.simulator import accounts, app
from acuse.simulator.clock import system_clock
from acuse.simulator.server import server_config
from acuse.simulator.world import World
from acuse.simulator.world_file import read_world
from acuse.topics import ensure_topics
from delivery.attempts import AttemptState, fold
from delivery.channels import Channel
from delivery.decisions import PollDecision, SendDecision, Target, Why, encode_decision, poll_id, send_id
from delivery.events import Event, Send, Source, decode
from delivery.requests import MessageRequest, decode_request
from delivery.stages import Stage
from delivery.standing import describe
from delivery.topics import CALLS, DECISIONS, EVENTS, REQUESTS, Topic
from ingest.accounts import Account
from ingest.app import create_app
from ingest.caller import Caller
from ingest.config import IngestConfig
from ingest.dispatch.config import DispatchConfig, DispatchTopics
from ingest.dispatch.dispatcher import Dispatcher
from ingest.outbound import HttpAnswer
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import Record
from ingest.server import uvicorn_config
from ingest.topic_reader import TopicReader
from tests.newcomer import pigeon_simulator
from tests.newcomer.pigeon import Pigeon

ROOT = Path(__file__).parents[1]
BY_THE_REGISTRY = (
    *("contract_orders", "contract_answers", "golden", "golden_sending", "verify", "unreadable", "attempt_ref"),
)
TOKEN = "token"
TO = "+34600000001"
PATIENCE_SECONDS = 150.0
PROVIDERS = {"pigeon": Pigeon}
WORLD = {"speed": 100.0, "numbers": {TO: {"ending": "delivered", "after_seconds": 20}}}


def test_every_test_that_goes_by_the_registry_holds_for_it() -> None:
    files = [f"tests/ingest/providers/test_{name}.py" for name in BY_THE_REGISTRY]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.newcomer.registered", "-k", "pigeon", *files]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert " passed" in ran.stdout


@asynccontextmanager
async def served(config: uvicorn.Config) -> AsyncIterator[None]:
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def dispatching(config: DispatchConfig) -> AsyncIterator[None]:
    dispatcher = Dispatcher(config, PROVIDERS)
    running = asyncio.create_task(dispatcher.run())
    try:
        await until(lambda: not dispatcher.ready())
        yield
    finally:
        dispatcher.stop()
        await running


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - nobody else would set an event
            await asyncio.sleep(0.02)


class Written:
    """What stands in a topic since the test began."""

    def __init__(self, servers: str, since: datetime) -> None:
        self._servers = servers
        self._since = since

    async def values(self, topic: Topic) -> list[bytes]:
        async with TopicReader(self._servers) as reader:
            span = await reader.span(topic, since=self._since)
            return [record.value for batch in [batch async for batch in reader.read(span)] for record in batch]

    async def events(self, message_id: str, enough: Callable[[list[Event]], bool]) -> list[Event]:
        """Those of one message, once they are enough."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                told = [decode(value) for value in await self.values(EVENTS)]
                refs = {event.ref for event in told if event.message_id == message_id}
                found = [event for event in told if event.ref in refs]
                if enough(found):
                    return found
                await asyncio.sleep(0.1)


def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that a new simulator adds beside its file."""
    monkeypatch.setitem(accounts.CREDENTIALS, "pigeon", pigeon_simulator.CREDENTIALS)  # type: ignore[arg-type]
    monkeypatch.setitem(app.SIMULATORS, "pigeon", pigeon_simulator.create)  # type: ignore[arg-type]


def own_topics() -> DispatchTopics:
    """Decisions and calls of the test's own: a dispatcher takes up all that there are."""
    word = uuid.uuid4().hex
    renamed = [msgspec.structs.replace(topic, name=f"{topic.name}-{word}") for topic in (DECISIONS, CALLS)]
    return DispatchTopics(decisions=renamed[0], calls=renamed[1])


async def test_it_is_sent_through_followed_and_asked_like_any_other(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(monkeypatch)
    began, topics, servers = datetime.now(UTC), own_topics(), broker.bootstrap_servers
    await ensure_topics(servers, topics=(topics.decisions, topics.calls))
    edge, simulators = free_port(), free_port()
    account = Account(
        "pigeon",
        base_url=f"http://127.0.0.1:{simulators}/pigeon",
        callback_url=f"http://127.0.0.1:{edge}/webhooks/pigeon",
        callback_username=accounts.CALLBACK_USERNAME,
        callback_password=accounts.CALLBACK_PASSWORD,
        credentials=pigeon_simulator.CREDENTIALS,
    )
    world = World(read_world(WORLD, "the test"), system_clock, seed=1)
    ingest = create_app(
        IngestConfig(bootstrap_servers=servers, accounts={"pigeon": account}, api_tokens=frozenset({TOKEN})),
        providers=PROVIDERS,
    )
    config = DispatchConfig(
        bootstrap_servers=servers, accounts={"pigeon": account}, group_id=f"pigeon-{uuid.uuid4().hex}", topics=topics
    )
    async with (
        served(server_config(app.create_app(world), host="127.0.0.1", port=simulators)),
        served(uvicorn_config(ingest, host="127.0.0.1", port=edge)),
        dispatching(config),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{edge}", headers={"authorization": f"Bearer {TOKEN}"}) as api,
    ):
        await refused_with_its_own_words(api)
        request = await asked(api, Written(servers, began))
        await decided(servers, topics, request.message_id, sending(request))
        told = await Written(servers, began).events(request.message_id, ended)
        sent = next(event for event in told if isinstance(event, Send))
        assert standing(told) is Stage.DELIVERED
        assert (sent.source, sent.channel, sent.personal.text) == (Source.CALL, Channel.SMS, "Hola")
        await decided(servers, topics, request.message_id, polling(request.message_id, sent))
        told = await Written(servers, began).events(request.message_id, polled)
        assert one_event_however_it_was_told(told)
        assert await grain(account) == {"grain": world.account("pigeon").credit}


async def ready(api: httpx2.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await api.get("/readyz")).is_success:  # noqa: ASYNC110 - nobody sets an event
            await asyncio.sleep(0.05)


async def refused_with_its_own_words(api: httpx2.AsyncClient) -> None:
    body = {"to": TO, "channel": "sms", "provider": "pigeon", "text": "Hola"}
    for wrong, field in (({"ttl": 60}, "ttl"), ({"options": {"lofty": "x"}}, "options.lofty")):
        answer = await api.post("/v1/messages", json={**body, **wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    described = (await api.get("/openapi.json")).text
    assert "Where it flies from" in described


async def asked(api: httpx2.AsyncClient, written: Written) -> MessageRequest:
    body = {"to": TO, "channel": "sms", "provider": "pigeon", "text": "Hola", "options": {"loft": "Norte"}}
    answer = await api.post("/v1/messages", json=body)
    assert answer.status_code == 202, answer.text
    requests = [decode_request(value) for value in await written.values(REQUESTS)]
    (found,) = [request for request in requests if request.message_id == answer.json()["message_id"]]
    assert isinstance(found, MessageRequest)
    return found


def sending(request: MessageRequest) -> SendDecision:
    return SendDecision(
        decision_id=send_id(request.message_id, 1),
        message_id=request.message_id,
        decided_at=datetime.now(UTC),
        why=Why.REQUESTED,
        step=1,
        order=request.order,
    )


def polling(message_id: str, sent: Send) -> PollDecision:
    return PollDecision(
        decision_id=poll_id(sent.provider, sent.ref, 1),
        message_id=message_id,
        decided_at=datetime.now(UTC),
        why=Why.NO_RECEIPT_YET,
        target=Target(provider=sent.provider, ref=sent.ref, channel=sent.channel),
        round=1,
    )


async def decided(servers: str, topics: DispatchTopics, message_id: str, decision: SendDecision | PollDecision) -> None:
    publisher = KafkaPublisher(
        ProducerConfig(bootstrap_servers=servers, timeout_seconds=60, topics=(topics.decisions.name,))
    )
    await publisher.start()
    try:
        await until(lambda: not publisher.troubles())
        await publisher.publish([Record(topics.decisions.name, message_id.encode(), encode_decision(decision))])
    finally:
        await publisher.stop()


def standing(told: list[Event]) -> Stage:
    state: AttemptState | None = None
    for event in told:
        state = fold(state, event)
    assert state is not None
    return describe(state, version=1, month="2026-03").stage


def ended(told: list[Event]) -> bool:
    return any(isinstance(event, Send) for event in told) and standing(told) is Stage.DELIVERED


def polled(told: list[Event]) -> bool:
    return any(event.source is Source.POLL for event in told)


def one_event_however_it_was_told(told: list[Event]) -> bool:
    (asked_for,) = [event for event in told if event.source is Source.POLL]
    return asked_for.event_id in {event.event_id for event in told if event.source is Source.WEBHOOK}


async def grain(account: Account) -> Any:
    operation = Pigeon.operations["grain"]
    async with Caller(Pigeon(), account) as caller:
        answer = await caller.call(operation.call(operation.parameters()))
    assert isinstance(answer, HttpAnswer)
    return operation.read(answer)
