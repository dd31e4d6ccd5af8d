"""A whole stack whose providers are the simulators, in a process of their own: what the proofs of sending look at."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from acuse.demo.simulated import calling, simulators_url
from acuse.environment import variable_name
from acuse.local.companion import Companion, Surroundings
from acuse.local.plan import ACUSE, DISPATCH, STREAM
from acuse.local.ports import HOST, free_port
from acuse.local.probes import http_trouble
from acuse.local.processes import ProcessRecord
from acuse.local.stack import LocalStack, RunningStack, StackOptions
from acuse.local.supervisor import RestartPolicy
from acuse.simulator.accounts import CREDENTIALS
from delivery import topics
from delivery.briefs import Seen, SeenAttempt, decode_seen
from delivery.calls import Call, decode_call
from delivery.phases import Phase
from ingest.dispatch.ledger import Entry
from ingest.open_doubts import Doubt, open_doubts

LOOK_EVERY_SECONDS = 0.1
AT_ONCE = 500
STOP_SECONDS = 90
RESTARTS = RestartPolicy(first_pause_seconds=0.1, longest_pause_seconds=0.2, deaths=1_000)


async def until(condition: Callable[[], Awaitable[object]], what: str, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await condition():  # noqa: ASYNC110 - what is awaited is in another process
                await asyncio.sleep(LOOK_EVERY_SECONDS)
    except TimeoutError:
        pytest.fail(f"not within {seconds:.0f} s: {what}")


class Silent:
    """What the stack tells about its progress is nobody's concern here."""

    def step(self, sentence: str) -> None: ...
    def fetched(self, done: int, total: int) -> None: ...
    def waiting(self, troubles: dict[str, str]) -> None: ...
    def happened(self, sentence: str, details: str) -> None: ...


class Simulators:
    """The truth: what was taken, as the simulators tell it."""

    def __init__(self, url: str, client: httpx2.AsyncClient) -> None:
        self.url = url
        self._client = client

    async def state(self) -> dict[str, Any]:
        return (await self._client.get(f"{self.url}/_simulator/state")).json()  # type: ignore[no-any-return]

    async def taken(self) -> int:
        return int((await self._messages(0))["total"])

    async def messages(self) -> list[dict[str, Any]]:
        return (await self._messages(100_000))["messages"]  # type: ignore[no-any-return]

    async def _messages(self, limit: int) -> dict[str, Any]:
        answer = await self._client.get(f"{self.url}/_simulator/messages", params={"limit": limit})
        return answer.json()  # type: ignore[no-any-return]


@dataclass
class Told:
    """What became of each decision, and every attempt as it stands, read from their topics as these grow."""

    calls: dict[str, Entry] = field(default_factory=dict)
    attempts: dict[str, SeenAttempt] = field(default_factory=dict)

    def count(self, phase: Phase) -> int:
        """Of sends and settlements."""
        return sum(entry.is_send and entry.phase is phase for entry in self.calls.values())

    async def follow(self, bootstrap_servers: str) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            places = [
                TopicPartition(topic.name, number)
                for topic in (topics.CALLS, topics.ATTEMPTS)
                for number in range(topic.partitions)
            ]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            while True:
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        if place.topic == topics.CALLS.name:
                            self._note_call(decode_call(record.value), record.offset)
                        else:
                            self._note_attempt(decode_seen(record.value))
        finally:
            await consumer.stop()

    def _note_call(self, call: Call, offset: int) -> None:
        self.calls.setdefault(call.decision_id, Entry(call, offset)).fold(call)

    def _note_attempt(self, seen: Seen) -> None:
        if isinstance(seen, SeenAttempt):
            known = self.attempts.get(key := f"{seen.provider}/{seen.ref}")
            if known is None or known.version <= seen.version:
                self.attempts[key] = seen


@dataclass
class SendingStack:
    running: RunningStack
    simulators: Simulators
    told: Told
    settings: Mapping[str, str]
    client: httpx2.AsyncClient

    async def send(self, bodies: Sequence[Mapping[str, Any]], word: str) -> list[str]:
        """Through the send API; the messages' ids, in the same order. The same word once more sends nothing."""
        ids: list[str] = []
        for start in range(0, len(bodies), AT_ONCE):
            key = {"idempotency-key": f"{word}-{start}"}
            answer = await self._post("/v1/messages", bodies[start : start + AT_ONCE], key)
            ids += [receipt["message_id"] for receipt in answer["messages"]]
        return ids

    async def settle(self, message_id: str, **finding: Any) -> None:
        """Of the first step's first try, unless said otherwise."""
        await self._post(f"/v1/messages/{message_id}/settle", {"step": 1, **finding}, {})

    async def _post(self, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        token = {"authorization": f"Bearer {self.running.credentials.api_token}"}
        url, content = self.running.ingest_url + path, msgspec.json.encode(body)
        answer = await self.client.post(url, content=content, headers={**token, **headers}, timeout=120)
        assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
        return answer.json()

    async def doubts(self) -> list[Doubt]:
        return await open_doubts(self.running.bootstrap_servers)

    async def doubts_in_query_api(self) -> set[str]:
        found: set[str] = set()
        page: dict[str, Any] = {"limit": 100}
        while page.get("cursor", "first"):
            answer = await self.client.get(f"{self.running.dashboards_url}/v1/doubts", params=page)
            assert answer.status_code == httpx2.codes.OK, answer.text
            found |= {doubt["message_id"] for doubt in answer.json()["doubts"]}
            page["cursor"] = answer.json()["next_cursor"]
        return found

    def dispatcher(self) -> psutil.Process | None:
        """The stack's own, while it has one."""
        return self.process(DISPATCH)

    def process(self, role: str) -> psutil.Process | None:
        with contextlib.suppress(OSError, msgspec.DecodeError, psutil.NoSuchProcess):
            raw = (self.running.data / "children.json").read_bytes()
            for record in msgspec.json.decode(raw, type=list[ProcessRecord]):
                if record.name == role:
                    return psutil.Process(record.pid)
        return None

    @contextlib.asynccontextmanager
    async def another_dispatcher(self, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        """A member of the same group beside the stack's own, ready when the block begins."""
        async with self._another(DISPATCH, "dispatch", {}, log) as process:
            yield process

    @contextlib.asynccontextmanager
    async def another_worker(self, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        """A streams worker likewise; it leaves when the block ends, and stops as one that is told to."""
        own = {"tracking.data_dir": str(log.with_suffix(""))}
        async with self._another(STREAM, "tracking", own, log) as process:
            yield process
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()

    @contextlib.asynccontextmanager
    async def _another(
        self, role: str, section: str, own: Mapping[str, str], log: Path
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        port = free_port()
        said = {
            **self.settings,
            "kafka.bootstrap_servers": self.running.bootstrap_servers,
            f"{section}.instance_id": "another",
            f"{section}.health_port": str(port),
            **own,
        }
        environment = {variable_name(tuple(key.split("."))): value for key, value in said.items()}
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *ACUSE, role, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            trouble = http_trouble(f"http://{HOST}:{port}")

            async def ready() -> bool:
                assert process.returncode is None, f"it ended; see {log}"
                return await trouble() is None

            await until(ready, f"another {role} is ready", 150)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def sending_stack(
    directory: Path, world: Mapping[str, Any], dispatch: Mapping[str, str]
) -> AsyncIterator[SendingStack]:
    """`dispatch` are settings of the dispatcher, and of each account: `providers.*.rate_per_second`."""
    port, settings = free_port(), dict[str, str]()

    def companion(around: Surroundings) -> Companion:
        accounts = calling(around).model_dump(mode="json", exclude_unset=True)["providers"]
        path = around.root / "world.json"
        path.write_text(json.dumps({**world, "providers": accounts}))
        for name, credentials in CREDENTIALS.items():
            own = {"base_url": f"{simulators_url(port)}/{name}", **credentials}
            if name in accounts:
                own |= {key: accounts[name][key] for key in ("callback_url", "callback_username", "callback_password")}
            settings.update({f"providers.{name}.{key}": value for key, value in own.items()})
            settings.update({key.replace("*", name): value for key, value in dispatch.items()})
        return Companion(
            name="simulators",
            command=["simulate", "--port", str(port), "--world", str(path), "--acuse", around.ingest_url],
            trouble=http_trouble(simulators_url(port), path="/_simulator/world"),
            settings=settings,
        )

    options = StackOptions(
        data=directory,
        ingest_port=free_port(),
        dashboards_port=free_port(),
        broker_port=free_port(),
        companion=companion,
    )
    stack = LocalStack(options, Silent(), RESTARTS)
    with stack.prepared():
        async with stack.running() as running, httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            told = Told()
            following = asyncio.create_task(told.follow(running.bootstrap_servers))
            try:
                yield SendingStack(running, Simulators(simulators_url(port), client), told, settings, client)
            finally:
                following.cancel()
                await asyncio.wait([following])
