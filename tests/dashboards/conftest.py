"""A projection that is filled as the sink fills it, and the app over it, asked as a client asks."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial, reduce
from pathlib import Path
from typing import Any

import httpx2
import pytest
from clickhouse_connect.driver.client import Client

from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader
from delivery import topics
from delivery.attempts import concerns_attempt, fold
from delivery.calls import Call, Called, Calling, InDoubt
from delivery.channels import Channel
from delivery.decisions import (
    CancelDecision,
    Decision,
    EndDecision,
    OutcomeDecision,
    PollDecision,
    SendDecision,
    SettleDecision,
    WaitDecision,
)
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Reply, Send, Source, Status, Zone
from delivery.health.alerts import Alert
from delivery.notices import Notice
from delivery.reasons import Reason
from delivery.requests import CancelRequest, MessageRequest, Request, SettleRequest
from delivery.stages import FAILURES, SUCCESSES, Stage
from delivery.standing import Alias, Attempt, describe
from delivery.unmaskings import Unmasking
from sinks.appends import APPENDS
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate
from sinks.rows import Rows, alias_columns, arrow_table, attempt_columns, event_columns
from sinks.schema import ALIASES, ATTEMPTS, EVENTS

START = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
"""Close to a month's end, so that histories lie across two."""
REASONS = (Reason.BLOCKED, Reason.UNKNOWN_NUMBER, Reason.HANDSET_ERROR)


SAID_IN = {
    topics.REQUESTS.name: (MessageRequest, CancelRequest, SettleRequest),
    topics.DECISIONS.name: (
        SendDecision,
        PollDecision,
        CancelDecision,
        SettleDecision,
        WaitDecision,
        EndDecision,
        OutcomeDecision,
    ),
    topics.CALLS.name: (Calling, Called, InDoubt),
    topics.ALERTS.name: (Alert,),
    topics.NOTICES.name: (Notice,),
    topics.AUDIT.name: (Unmasking,),
}


@dataclass(frozen=True)
class StoredRecord:
    topic: str
    partition: int
    offset: int
    timestamp: int = 0
    value: bytes | None = None


class Projection:
    """Stores histories in ClickHouse as the sink does, and remembers them, to be compared with what is answered."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.offset = 0
        self.heard: dict[tuple[str, str], list[Event]] = {}

    def store(self, events: Sequence[Event], *, tracked: bool = True) -> None:
        """One record an event, in this order; with `tracked`, what the tracking worker makes of all of them too."""
        rows: Rows[Event] = Rows()
        for event in events:
            rows.add(event, self._record(topics.EVENTS.name))
            self.heard.setdefault((event.provider, event.ref), []).append(event)
        self._insert(EVENTS, event_columns(rows))
        if tracked:
            self.track(*{(event.provider, event.ref) for event in events if concerns_attempt(event)})

    def store_again(self, events: Sequence[Event]) -> None:
        """The very records that were stored last once more, as a sink does that lost its place."""
        rows: Rows[Event] = Rows()
        for offset, event in enumerate(events, self.offset - len(events)):
            rows.add(event, StoredRecord(topics.EVENTS.name, 0, offset))
        self._insert(EVENTS, event_columns(rows))

    def tell(self, *told: Request | Decision | Call | Alert | Notice | Unmasking) -> None:
        """What was asked, decided, called and told, a record each, in this order."""
        for topic, kinds in SAID_IN.items():
            rows: Rows[Any] = Rows()
            for each in told:
                if isinstance(each, kinds):
                    rows.add(each, self._record(topic))
            self._insert(APPENDS[topic].table, APPENDS[topic].columns(rows))

    def track(self, *keys: tuple[str, str]) -> None:
        rows: Rows[Attempt] = Rows()
        for key in sorted(keys):
            rows.add(self.attempt(key), self._record(topics.ATTEMPTS.name))
        self._insert(ATTEMPTS, attempt_columns(rows))
        claimed = [attempt for attempt in rows.values if attempt.message_id != attempt.derived_message_id]
        self.alias(*((attempt.derived_message_id, attempt) for attempt in claimed))

    def alias(self, *retired: tuple[str, Attempt]) -> None:
        rows: Rows[Alias] = Rows()
        for former, attempt in retired:
            alias = Alias(
                retired=former,
                message_id=attempt.message_id,
                provider=attempt.provider,
                ref=attempt.ref,
                version=attempt.version,
            )
            rows.add(alias, self._record(topics.ATTEMPTS.name))
        self._insert(ALIASES, alias_columns(rows))

    def attempt(self, key: tuple[str, str]) -> Attempt:
        """The pure fold of all that was heard."""
        events = [event for event in self.heard[key] if concerns_attempt(event)]
        state = reduce(fold, events, None)
        assert state is not None
        heard_at = events[0].received_at
        return describe(state, version=2 * self.offset, month=f"{heard_at:%Y-%m}", heard_at=heard_at)

    def attempts(self) -> list[Attempt]:
        return [self.attempt(key) for key, events in self.heard.items() if any(map(concerns_attempt, events))]

    def copies(self, key: tuple[str, str]) -> Counter[str]:
        return Counter(event.event_id for event in self.heard[key] if concerns_attempt(event))

    def _record(self, topic: str) -> StoredRecord:
        self.offset += 1
        return StoredRecord(topic, 0, self.offset - 1)

    def _insert(self, table: Any, columns: Any) -> None:
        if columns["_offset"]:
            self.client.insert_arrow(table.name, arrow_table(table, columns))


@dataclass
class History:
    """Makes events of one attempt, seconds after `START`."""

    provider: str = "mensatek"
    ref: str = "77:habc"
    channel: Channel = Channel.SMS
    told: dict[str, Any] = field(default_factory=dict)

    def common(self, received: float, occurred: float | None, zone: Zone) -> dict[str, Any]:
        claim = None if occurred is None else START + timedelta(seconds=occurred)
        return {
            "provider": self.provider,
            "ref": self.ref,
            "channel": self.channel,
            "received_at": START + timedelta(seconds=received),
            "source": Source.WEBHOOK,
            "payload": Payload(sha256="00" * 32),
            "personal": Personal(recipient="+34600000001", raw=b"\xff\x00raw", content_type="application/json"),
            "occurred": claim
            and ProviderTime(at=claim, zone=zone, precision=Precision.MICROSECOND, text=claim.isoformat()),
            **self.told,
        }

    def send(self, received: float, occurred: float | None = None, zone: Zone = Zone.STATED, **more: Any) -> Send:
        return Send(**self.common(received, occurred, zone) | more)

    def status(
        self, stage: Stage, received: float, occurred: float | None = None, zone: Zone = Zone.STATED, **more: Any
    ) -> Status:
        told = {"code": stage.value[:3].upper(), "code_text": f"it is {stage}", "final": stage in SUCCESSES | FAILURES}
        return Status(stage=stage, **self.common(received, occurred, zone) | told | more)

    def reply(self, received: float, reply_id: str = "r1", **more: Any) -> Reply:
        told = {"answers_attempt": True, "personal": Personal(sender="+34600000001", text="what they wrote")}
        return Reply(reply_id=reply_id, **self.common(received, None, Zone.ABSENT) | told | more)

    def random(self, dice: random.Random) -> list[Event]:
        """A history as providers tell it: out of order, repeated, contradicting, with and without clocks."""
        events: list[Event] = []
        if dice.random() < 0.8:
            received, claimed = dice.uniform(0, 20_000), dice.choice([None, dice.uniform(0, 20_000)])
            cost = Decimal("0.045") if received < 10_000 else None
            events.append(self.send(received, claimed, expected_cost=cost))
        for _ in range(dice.randrange(0 if events else 1, 5)):
            stage = dice.choice(list(Stage))
            events.append(
                self.status(
                    stage,
                    dice.uniform(0, 30_000),
                    dice.choice([None, dice.uniform(0, 30_000)]),
                    dice.choice(list(Zone)),
                    reason=dice.choice(REASONS) if stage in FAILURES or dice.random() < 0.2 else None,
                    elapsed_seconds=dice.choice([None, None, dice.uniform(0, 900)]),
                    timed=dice.random() < 0.9,
                )
            )
        if dice.random() < 0.2:
            events.append(self.reply(dice.uniform(0, 40_000)))
        return dice.choices(events, k=dice.randrange(0, 3)) + dice.sample(events, len(events))


def random_histories(dice: random.Random, count: int) -> list[list[Event]]:
    """Histories of several providers, some of them attempts at one message, many opened in the same moment."""
    histories = []
    for number in range(count):
        told: dict[str, Any] = {"country": dice.choice([None, "ES", "CO"])}
        if dice.random() < 0.4:
            told["message_id"] = f"018f4e6e-5a3c-7cc1-b5a1-{dice.randrange(count // 3 + 1):012x}"
        if dice.random() < 0.2:
            told["reference"] = f"order {dice.randrange(5)}"
        history = History(
            provider=dice.choice(["mensatek", "messente", "altiria"]),
            ref=f"{number}/of a run",
            channel=dice.choice(list(Channel)),
            told=told,
        )
        events = history.random(dice)
        if dice.random() < 0.5:
            events.insert(0, history.send(0.0))
        histories.append(events)
    return histories


class Asker:
    """A client of the app that reads JSON."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def __call__(self, path: str, **parameters: Any) -> Any:
        answer = await self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, status: int, **parameters: Any) -> dict[str, str]:
        answer = await self.client.get(path, params=parameters)
        assert answer.status_code == status, answer.text
        body: dict[str, str] = answer.json()
        assert body["error"]
        return body


@pytest.fixture(params=["embedded", "server"])
def clickhouse_config(request: pytest.FixtureRequest, tmp_path: Path) -> ClickHouseConfig:
    """A database of the test's own: in this process, and behind HTTP."""
    if request.param == "embedded":
        return ClickHouseConfig(path=tmp_path / "clickhouse")
    config: ClickHouseConfig = request.getfixturevalue("clickhouse_server").config()
    return config


@pytest.fixture
def projection(clickhouse_config: ClickHouseConfig) -> Iterator[Projection]:
    client = open_client(clickhouse_config, readonly=False)
    try:
        migrate(client)
        yield Projection(client)
    finally:
        client.close()


@pytest.fixture
def dashboards_config() -> DashboardsConfig:
    return DashboardsConfig(open_to_this_machine=True, query_concurrency=2)


@pytest.fixture
async def client(
    dashboards_config: DashboardsConfig, clickhouse_config: ClickHouseConfig
) -> AsyncIterator[httpx2.AsyncClient]:
    bounded = replace(clickhouse_config, read_seconds=60)
    reader = Reader(partial(open_client, bounded, readonly=True), concurrency=2, timeout_seconds=60)
    app = create_app(dashboards_config, reader)
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1024))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
    await reader.close()


@pytest.fixture
def ask(client: httpx2.AsyncClient) -> Asker:
    return Asker(client)


def _never_opened() -> Client:
    raise AssertionError("this is refused before ClickHouse is asked")


@pytest.fixture
async def unread_client() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an app that must not ask ClickHouse."""
    reader = Reader(_never_opened, concurrency=1, timeout_seconds=1)
    transport = httpx2.ASGITransport(
        create_app(DashboardsConfig(open_to_this_machine=True), reader), client=("127.0.0.1", 1024)
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
    await reader.close()


@pytest.fixture
def ask_unread(unread_client: httpx2.AsyncClient) -> Asker:
    return Asker(unread_client)


@pytest.fixture
def history() -> type[History]:
    """Makes events; a fixture, since test modules do not import each other."""
    return History


@pytest.fixture
def histories() -> Callable[[random.Random, int], list[list[Event]]]:
    return random_histories


@pytest.fixture
def start() -> datetime:
    return START
