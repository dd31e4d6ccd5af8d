"""What is in doubt, read from a real Kafka that others write to as well."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from delivery.attempts import fold
from delivery.calls import Call, Called, Calling, InDoubt, Result, encode_call
from delivery.channels import Channel
from delivery.decisions import send_id
from delivery.events import Payload, Personal, Source, Status
from delivery.stages import Stage
from delivery.standing import describe, encode_record
from delivery.topics import ATTEMPTS, CALLS
from ingest.open_doubts import Doubt, open_doubts
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import Record

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Story:
    """The calls about one step of a message of its own."""

    def __init__(self, *, minutes: int = 0, tries: int = 0) -> None:
        self.message_id = str(uuid.uuid4())
        self._tries = tries
        self._at = NOW + timedelta(minutes=minutes)

    def _call(self, claim: str) -> dict[str, object]:
        return {
            "decision_id": send_id(self.message_id, 1, self._tries),
            "message_id": self.message_id,
            "provider": "runner",
            "claim": claim,
            "at": self._at,
            "decision_offset": 7,
            "step": 1,
        }

    def calling(self, claim: str = "a") -> Call:
        return Calling(**self._call(claim))

    def doubt(self, claim: str = "a") -> Call:
        return InDoubt(**self._call(claim), why="the dispatcher was gone")

    def called(self, result: Result, claim: str = "a") -> Call:
        return Called(**self._call(claim), result=result)


def own_ref() -> str:
    """Of no other test: tracking tells of one attempt under one ref, and whoever reads this topic relies on it."""
    return uuid.uuid4().hex


def attempt(message_id: str, provider: str, ref: str, step: int | None = None, tries: int = 0) -> bytes:
    """As tracking tells of one that a callback claims for the message."""
    told = Status(
        provider=provider,
        ref=ref,
        channel=Channel.SMS,
        received_at=datetime.now(UTC),
        source=Source.WEBHOOK,
        message_id=message_id,
        step=step,
        tries=tries,
        stage=Stage.DELIVERED,
        final=True,
        payload=Payload(sha256="0" * 64),
        personal=Personal(),
    )
    return encode_record(describe(fold(None, told), version=2, month="2026-03"))


@pytest.fixture
async def publisher(broker) -> AsyncIterator[KafkaPublisher]:
    publisher = KafkaPublisher(
        ProducerConfig(bootstrap_servers=broker.bootstrap_servers, topics=(CALLS.name, ATTEMPTS.name))
    )
    await publisher.start()
    await publisher.wait_connected(60)
    yield publisher
    await publisher.stop()


@pytest.fixture
def publish(publisher) -> Callable[..., Awaitable[None]]:
    """One after the other."""

    async def published(*calls: Call) -> None:
        for call in calls:
            await publisher.publish([Record(CALLS.name, call.message_id.encode(), encode_call(call))])

    return published


async def test_what_is_in_doubt_still(broker, publish):
    later, settled, sent, under_way = Story(minutes=1), Story(), Story(), Story()
    resent, open_still = Story(), Story()
    await publish(later.calling(), later.doubt())
    await publish(settled.calling(), settled.doubt(), settled.called(Result.TAKEN), settled.doubt())
    await publish(sent.calling(), sent.called(Result.TAKEN))
    await publish(under_way.calling())
    await publish(resent.calling(), resent.doubt(), resent.called(Result.RELEASED), resent.calling("b"))
    await publish(open_still.calling(), open_still.doubt())
    progress: list[tuple[int, int]] = []
    found = await open_doubts(broker.bootstrap_servers, progress=lambda done, total: progress.append((done, total)))
    told = [doubt for doubt in found if doubt.message_id in {open_still.message_id, later.message_id}]
    assert told == [
        Doubt(message_id=open_still.message_id, step=1, provider="runner", at=NOW, why="the dispatcher was gone"),
        Doubt(
            message_id=later.message_id,
            step=1,
            provider="runner",
            at=NOW + timedelta(minutes=1),
            why="the dispatcher was gone",
        ),
    ]
    others = {story.message_id for story in (settled, sent, under_way, resent)}
    assert not others & {doubt.message_id for doubt in found}
    assert progress[-1][0] == progress[-1][1]


async def test_what_an_attempt_has_shown_is_in_doubt_no_longer(broker, publish, publisher):
    healed, refused, other_provider, other_step = Story(), Story(), Story(), Story()
    for story in (healed, refused, other_provider, other_step):
        await publish(story.calling(), story.doubt())
    for message_id, provider, ref in (
        (healed.message_id, "runner", own_ref()),
        (refused.message_id, "runner", f"{refused.message_id}.1"),
        (other_provider.message_id, "walker", own_ref()),
        (other_step.message_id, "runner", f"{other_step.message_id}.2"),
    ):
        await publisher.publish([Record(ATTEMPTS.name, message_id.encode(), attempt(message_id, provider, ref))])
    found = {doubt.message_id for doubt in await open_doubts(broker.bootstrap_servers)}
    assert not found & {healed.message_id, refused.message_id}
    assert found >= {other_provider.message_id, other_step.message_id}


async def test_an_attempt_that_says_its_sending_heals_no_other(broker, publish, publisher):
    this_step, other_step, other_try = Story(), Story(), Story()
    for story in (this_step, other_step, other_try):
        await publish(story.calling(), story.doubt(), story.called(Result.ABANDONED))
    for story, step, tries in ((this_step, 1, 0), (other_step, 2, 0), (other_try, 1, 1)):
        told = attempt(story.message_id, "runner", own_ref(), step, tries)
        await publisher.publish([Record(ATTEMPTS.name, story.message_id.encode(), told)])
    found = {doubt.message_id for doubt in await open_doubts(broker.bootstrap_servers)}
    assert this_step.message_id not in found
    assert found >= {other_step.message_id, other_try.message_id}


async def test_a_doubt_says_of_which_try_it_is(broker, publish):
    again = Story(tries=2)
    await publish(again.calling(), again.doubt())
    found = {doubt.message_id: doubt for doubt in await open_doubts(broker.bootstrap_servers)}
    assert (found[again.message_id].step, found[again.message_id].tries) == (1, 2)


async def test_what_was_written_before_is_left_out(broker, publish):
    old = Story()
    await publish(old.calling(), old.doubt())
    found = await open_doubts(broker.bootstrap_servers, since=datetime.now(UTC) + timedelta(hours=1))
    assert found == []


async def test_what_is_no_call_is_passed_over(broker, publish, publisher):
    await publisher.publish([Record(CALLS.name, b"x", b"garbage")])
    story = Story()
    await publish(story.calling(), story.doubt())
    assert story.message_id in {doubt.message_id for doubt in await open_doubts(broker.bootstrap_servers)}
