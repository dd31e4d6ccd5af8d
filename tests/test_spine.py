"""The whole way on real parts, while its processes are killed: what was acknowledged is kept, once, and told rightly.

A real Kafka, every role as a process of its own and an embedded ClickHouse, as ``acuse up`` runs them. Providers are
played by HTTP clients that do as providers do: they send again until they are answered with a 2xx.
"""

import asyncio
import contextlib
import os
import signal
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx2
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from acuse.demo.http_client import Answer, HttpClient, NoAnswer, request, request_head
from acuse.lag import KafkaLag, readers_of
from acuse.local.plan import DISPATCH, INGEST, KAFKA, PROJECTION, STREAM
from acuse.local.ports import free_port
from acuse.local.processes import ProcessRecord
from acuse.local.stack import LocalStack, RunningStack, StackOptions
from acuse.settings import Settings
from dashboards.flow.lag import LagUnknown
from delivery import topics
from delivery.attempts import AttemptState, fold
from delivery.events import Event, decode
from delivery.standing import describe
from sinks.client import open_client
from sinks.config import ClickHouseConfig

pytestmark = [pytest.mark.timeout(900), pytest.mark.first]

WEBHOOKS = 20_000
CLIENTS = 48
KILL_EVERY = WEBHOOKS // 6
PATIENCE_SECONDS = 120.0
OUTAGE_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.2

Report = dict[str, str]


class Silent:
    """What the stack tells about its progress is nobody's concern here; what goes wrong is kept."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def step(self, sentence: str) -> None: ...
    def fetched(self, done: int, total: int) -> None: ...
    def waiting(self, troubles: dict[str, str]) -> None: ...

    def happened(self, sentence: str, details: str) -> None:
        self.told.append(f"{sentence}\n{details}")


@contextlib.asynccontextmanager
async def a_stack(data: Path, reporter: Silent) -> AsyncIterator[RunningStack]:
    options = StackOptions(data=data, ingest_port=free_port(), dashboards_port=free_port(), broker_port=free_port())
    stack = LocalStack(options, reporter)
    with stack.prepared():
        async with stack.running() as running:
            yield running


def reports() -> list[Report]:
    """Delivery reports of half as many attempts: accepted, then delivered or not; every tenth one twice."""
    made: list[Report] = []
    attempt = 0
    while len(made) < WEBHOOKS:
        attempt += 1
        common = {
            "Servicio": "SMSMASIVO",
            "Remitente": "ACUSE",
            "Movil": f"346{attempt % 100_000_000:08d}",
            "idMensaje": str(7_000_000 + attempt // 3),
            "Referencia": f"order-{attempt}",
        }
        final = {"Resultado": "11" if attempt % 5 else "50", "Fecha": "2026-03-02 11:14:28", "Segundos": "4"}
        made.append({**common, "Resultado": "2", "Fecha": "2026-03-02 11:14:24", "Segundos": "0"})
        made.append({**common, **final})
        if attempt % 10 == 0:
            made.append(made[-1])
    return made[:WEBHOOKS]


class Provider:
    """Posts each report until it is acknowledged, and keeps what it was answered before."""

    def __init__(self, running: RunningStack) -> None:
        webhook = running.credentials.webhooks["mensatek"]
        _, host, port = running.ingest_url.rsplit(":", 2)
        self._client = HttpClient(host.strip("/"), int(port), connections=CLIENTS, timeout_seconds=30)
        credentials = b64encode(f"{webhook.username}:{webhook.password}".encode()).decode()
        headers = {"authorization": f"Basic {credentials}", "content-type": "application/json"}
        self._head = request_head("POST", "/webhooks/mensatek", self._client.host, headers)
        self.acknowledged = 0
        self.refusals: list[Answer] = []

    async def post_all(self, todo: list[Report]) -> None:
        waiting = iter(todo)
        try:
            await asyncio.gather(*(self._work(waiting) for _ in range(CLIENTS)))
        finally:
            self._client.close()

    async def _work(self, waiting: Iterator[Report]) -> None:
        for report in waiting:
            await until(partial(self._accepted, request(self._head, msgspec.json.encode(report))), "acknowledged")
            self.acknowledged += 1

    async def _accepted(self, raw: bytes) -> bool:
        try:
            answer = await self._client.ask(raw)
        except NoAnswer:
            return False  # the process was killed while, or before, it answered
        if answer.status == httpx2.codes.NO_CONTENT:
            return True
        self.refusals.append(answer)
        assert answer.status == httpx2.codes.SERVICE_UNAVAILABLE, answer.body
        return False


def pid_of(running: RunningStack, name: str) -> int | None:
    records = msgspec.json.decode((running.data / "children.json").read_bytes(), type=list[ProcessRecord])
    return next((record.pid for record in records if record.name == name), None)


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await condition():  # noqa: ASYNC110 - what is awaited is in another process
                await asyncio.sleep(LOOK_EVERY_SECONDS)
    except TimeoutError:
        pytest.fail(f"not within {PATIENCE_SECONDS:.0f} s: {what}")


async def kill(running: RunningStack, name: str) -> None:
    """As nothing but ``kill -9`` does it; returns once a successor is recorded."""
    killed = pid_of(running, name)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    async def succeeded() -> bool:
        return pid_of(running, name) not in (None, killed)

    await until(succeeded, f"a successor of {name}")


async def everything_in(topic: topics.Topic, bootstrap_servers: str) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        records: list[ConsumerRecord] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(records) < sum(ends.values()):
                for fetched in (await consumer.getmany(timeout_ms=1000)).values():
                    records += fetched
        return records
    finally:
        await consumer.stop()


async def until_projected(running: RunningStack, histories: dict[str, list[Event]]) -> None:
    """Until tracking has told of every event, the sink has stored that, and the busiest attempt can be asked for."""
    for role, carried in (("tracking", {topics.EVENTS.name}), ("sink", {topics.EVENTS.name, topics.ATTEMPTS.name})):
        readers = [each for each in readers_of(Settings()) if each.role == role]
        lag = KafkaLag(running.bootstrap_servers, readers, timeout_seconds=30)

        async def caught_up(lag: KafkaLag = lag, carried: set[str] = carried) -> bool:
            with contextlib.suppress(LagUnknown):
                return all(each.behind == 0 for each in await lag.read() if each.topic in carried)
            return False

        await until(caught_up, f"{role} has read everything")
    async with httpx2.AsyncClient(timeout=60) as client:

        async def answers() -> bool:
            key = max(histories, key=lambda key: len(histories[key]))
            response = await client.get(f"{running.dashboards_url}/v1/attempts/{key}")
            return response.status_code == httpx2.codes.OK and len(response.json()["times"]) > 1

        await until(answers, "the query API shows an attempt")


def check_the_projection(data: Path, records: list[ConsumerRecord], histories: dict[str, list[Event]]) -> None:
    """Opened here, since nothing else holds it any more."""
    client = open_client(ClickHouseConfig(path=data / "clickhouse"), readonly=True)
    try:
        stored = client.query("SELECT _partition, _offset, event_id FROM events").result_rows
        assert sorted((row[0], row[1]) for row in stored) == sorted((r.partition, r.offset) for r in records)
        attempts = client.query(
            "SELECT provider, ref, stage, reason, delivery_seconds, clock, message_id, state FROM attempts FINAL"
        ).result_rows
    finally:
        client.close()
    assert {f"{row[0]}/{row[1]}" for row in attempts} == set(histories)
    for provider, ref, stage, reason, seconds, clock, message_id, state in attempts:
        folded: AttemptState | None = None
        for event in histories[f"{provider}/{ref}"]:
            folded = fold(folded, event)
        assert folded is not None
        expected = describe(folded, version=0, month="")
        assert msgspec.json.decode(state, type=AttemptState) == folded
        assert (stage, reason, seconds, clock, message_id) == (
            expected.stage,
            expected.reason,
            expected.delivery_seconds,
            expected.clock,
            expected.message_id,
        )


async def post_and_check(
    data: Path, todo: list[Report], meanwhile: Callable[[RunningStack, Provider], Awaitable[None]]
) -> Provider:
    reporter = Silent()
    async with a_stack(data, reporter) as running:
        provider = Provider(running)
        async with asyncio.TaskGroup() as both:
            both.create_task(provider.post_all(todo))
            both.create_task(meanwhile(running, provider))
        records = await everything_in(topics.EVENTS, running.bootstrap_servers)
        histories: dict[str, list[Event]] = {}
        for record in records:
            event = decode(record.value)
            histories.setdefault(event.key, []).append(event)
        await until_projected(running, histories)
    assert provider.acknowledged == len(todo)
    kept = {msgspec.json.encode(sorted(report.items())) for report in todo}
    told = [event for history in histories.values() for event in history]
    assert {event.event_id for event in told} == {event.event_id for event in told if event.personal.raw}
    assert {msgspec.json.encode(sorted(msgspec.json.decode(event.personal.raw).items())) for event in told} == kept
    check_the_projection(data, records, histories)
    return provider


async def test_whatever_is_killed_what_was_acknowledged_is_kept_once_and_told_rightly(tmp_path: Path) -> None:
    async def killing(running: RunningStack, provider: Provider) -> None:
        for number, name in enumerate((STREAM, PROJECTION, INGEST, DISPATCH, KAFKA), 1):
            due = number * KILL_EVERY

            async def posted(due: int = due) -> bool:
                return provider.acknowledged >= due

            await until(posted, f"{due} acknowledged")
            await kill(running, name)

    provider = await post_and_check(tmp_path / "data", reports(), killing)
    assert all(answer.retry_after for answer in provider.refusals)


async def test_a_broker_that_hangs_is_said_to_providers_and_overcome(tmp_path: Path) -> None:
    async def hanging(running: RunningStack, provider: Provider) -> None:
        async def begun() -> bool:
            return provider.acknowledged > WEBHOOKS // 20

        await until(begun, "the first ones acknowledged")
        broker = pid_of(running, KAFKA)
        assert broker is not None
        os.kill(broker, signal.SIGSTOP)
        try:
            await asyncio.sleep(OUTAGE_SECONDS)  # the outage itself, and not a wait for anything
            before = provider.acknowledged
            assert provider.refusals, "nobody was told"
        finally:
            os.kill(broker, signal.SIGCONT)
        assert before < WEBHOOKS // 4

    provider = await post_and_check(tmp_path / "data", reports()[: WEBHOOKS // 4], hanging)
    assert all(answer.retry_after for answer in provider.refusals)
