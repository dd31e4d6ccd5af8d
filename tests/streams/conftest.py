"""Events for the tracking worker, and what it leaves in Kafka."""

import uuid
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from acuse.local.broker import Broker
from delivery.attempts import AttemptState, fold
from delivery.channels import Channel
from delivery.events import (
    Event,
    MalformedEvent,
    Payload,
    Personal,
    Precision,
    ProviderTime,
    Send,
    Source,
    Status,
    Zone,
    decode,
    encode,
)
from delivery.stages import Stage
from delivery.standing import Alias, Attempt, decode_record
from delivery.topics import (
    ATTEMPTS,
    EVENTS,
    TRACKING_CHANGELOG,
    UNPARSED,
    WINDOWS,
)
from streams.config import TrackingTopics
from tests.plugins.streams_deciding import BEGAN, Asking, DecidingGround
from tests.plugins.streams_ground import Topics, Worker


class Making:
    """Makes events of attempts by number, at seconds after ``began``."""

    def __init__(self, began: datetime = BEGAN) -> None:
        self.began = began

    def send(self, number: int, second: float = 0, *, message_id: str | None = None) -> Send:
        at = self.began + timedelta(seconds=second)
        return Send(**self._common(number, at), source=Source.REPORTED, message_id=message_id)

    def status(self, number: int, second: float, stage: Stage, code: str = "") -> Status:
        at = self.began + timedelta(seconds=second)
        return Status(**self._common(number, at), source=Source.WEBHOOK, stage=stage, code=code or stage.value)

    def history(self, number: int) -> list[Event]:
        return [
            self.send(number, 0, message_id=str(uuid.UUID(int=number))),
            self.status(number, 1, Stage.SENT),
            self.status(number, 5, Stage.DELIVERED),
        ]

    @staticmethod
    def _common(number: int, at: datetime) -> dict[str, object]:
        return {
            "provider": ("altiria", "mensatek", "messente")[number % 3],
            "ref": f"n{number}",
            "channel": Channel.SMS,
            "received_at": at,
            "occurred": ProviderTime(at=at, zone=Zone.STATED, precision=Precision.SECOND, text=at.isoformat()),
            "payload": Payload(sha256=f"{number:064x}"),
            "personal": Personal(recipient="+34600000000", raw=b"{}", content_type="application/json"),
        }


@pytest.fixture
def making() -> Making:
    return Making()


@pytest.fixture(scope="session")
def making_class() -> type[Making]:
    """For property tests, which may not take what is made anew for each test."""
    return Making


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture(scope="session")
def asking_class() -> type[Asking]:
    """For property tests, and for those that need another time."""
    return Asking


@dataclass
class Left:
    """What is in the attempts topic: for each attempt its greatest version, and every record in order."""

    latest: dict[str, Attempt] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)

    def add(self, records: Iterable[ConsumerRecord]) -> None:
        for record in records:
            decoded = decode_record(record.value)
            if isinstance(decoded, Alias):
                assert record.key == decoded.retired.encode()
                self.aliases.append(decoded)
                continue
            assert record.key == decoded.message_id.encode()
            self.attempts.append(decoded)
            key = f"{decoded.provider}/{decoded.ref}"
            known = self.latest.get(key)
            if known is not None and known.version == decoded.version:
                assert known == decoded, "rows of equal version must be equal"
            if known is None or decoded.version >= known.version:
                self.latest[key] = decoded


class Ground(Topics):
    """Tracking's."""

    def __init__(self, broker: Broker, directory: Path) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.topics = TrackingTopics(
            group=f"{name}-tracking",
            events=f"{name}.events",
            attempts=f"{name}.attempts",
            windows=f"{name}.windows",
            unparsed=f"{name}.unparsed",
        )
        declared = (EVENTS, ATTEMPTS, WINDOWS, UNPARSED, TRACKING_CHANGELOG)
        super().__init__(broker, directory, dict(zip(self.topics.names, declared, strict=True)))

    def worker(self, name: str = "one", *, receipt_window: float = 1e9, stall_timeout: float = 300) -> Worker:
        return self.process(name, tracking=self.said(receipt_window, stall_timeout))

    def said(self, receipt_window: float = 1e9, stall_timeout: float = 300) -> dict[str, object]:
        return {"receipt_window": receipt_window, "stall_timeout": stall_timeout, "topics": asdict(self.topics)}

    async def publish(self, events: Iterable[Event]) -> None:
        await self.publish_raw((event.key.encode(), encode(event)) for event in events)

    async def publish_raw(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        await self.write(self.topics.events, records)

    async def expected(self) -> dict[str, tuple[AttemptState, int]]:
        """What the pure fold makes of the events topic: state and version of each attempt."""
        states: dict[str, tuple[AttemptState, int]] = {}
        for record in await self.read(self.topics.events):
            try:
                event = decode(record.value)
            except MalformedEvent:
                continue
            key = record.key.decode()
            if event.key != key:
                continue
            before = states[key][0] if key in states else None
            after = fold(before, event)
            if after is not before:
                states[key] = (after, 2 * record.offset)
        return states

    async def left(self) -> Left:
        left = Left()
        left.add(await self.read(self.topics.attempts))
        return left

    async def caught_up(self, *supervised: Worker) -> Left:
        """Wait until every attempt stands as the pure fold has it; what was emitted by then.

        A worker that finds that it stands still ends, and those supervised are started again, as a stack does.
        """
        expected = await self.expected()
        assert expected

        async def emitted() -> Left | None:
            for worker in supervised:
                if not worker.running():
                    worker.start()
            left = await self.left()
            standing = {key: (attempt.state, attempt.version) for key, attempt in left.latest.items()}
            return left if standing == expected else None

        return await self.eventually(emitted)


@pytest.fixture
async def ground(broker: Broker, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(broker, tmp_path)
    await ground.prepare()
    try:
        yield ground
    finally:
        ground.end()


@pytest.fixture
async def deciding_ground(broker: Broker, tmp_path: Path) -> AsyncIterator[DecidingGround]:
    ground = DecidingGround(broker, tmp_path)
    await ground.prepare()
    try:
        yield ground
    finally:
        ground.end()
