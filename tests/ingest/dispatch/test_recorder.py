"""What came of a call: kept whole, in an order that a crash cannot harm."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from delivery.calls import Called, Result
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Send, Source
from ingest.dispatch.config import DispatchTopics
from ingest.dispatch.recorder import Recorder
from ingest.publisher import NotPublished, Record

MESSAGE = str(uuid.uuid4())
CALLED = Called(
    decision_id=f"{MESSAGE}/1",
    message_id=MESSAGE,
    provider="toy",
    claim="c",
    at=datetime(2026, 3, 1, tzinfo=UTC),
    decision_offset=1,
    step=1,
    result=Result.TAKEN,
    refs=("r1",),
)
SENT: Event = Send(
    provider="toy",
    ref="r1",
    channel=Channel.SMS,
    received_at=datetime(2026, 3, 1, tzinfo=UTC),
    source=Source.CALL,
    message_id=MESSAGE,
    payload=Payload(sha256="0" * 64),
    personal=Personal(),
)


class Killed(BaseException):
    """The process is no more."""


class MortalPublisher:
    """Keeps what it acknowledges, fails as often as it is told to, and dies after so many publishes."""

    def __init__(self, *, failures: int = 0, lives: int = 100) -> None:
        self.kept: list[str] = []
        self._failures = failures
        self._lives = lives

    async def publish(self, records: Sequence[Record]) -> None:
        if self._failures:
            self._failures -= 1
            raise NotPublished("away")
        if not self._lives:
            raise Killed
        self._lives -= 1
        self.kept += [record.topic for record in records]


@pytest.mark.parametrize("failures", [0, 2])
async def test_events_are_kept_before_the_call_that_speaks_of_them(failures: int) -> None:
    publisher = MortalPublisher(failures=failures)
    await Recorder(publisher, DispatchTopics()).write([CALLED], [SENT])  # type: ignore[arg-type]
    assert publisher.kept == ["acuse.events", "acuse.calls"]


async def test_no_crash_leaves_a_call_without_its_events() -> None:
    publisher = MortalPublisher(lives=1)
    with pytest.raises(Killed):
        await Recorder(publisher, DispatchTopics()).write([CALLED], [SENT])  # type: ignore[arg-type]
    assert publisher.kept == ["acuse.events"]
