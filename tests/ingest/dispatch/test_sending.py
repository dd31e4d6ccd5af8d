"""What becomes of a decision to send, on the real broker and over real HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import murmur2

from delivery.calls import Calling, InDoubt
from delivery.decisions import SendDecision
from delivery.orders import Store
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.dispatch.config import BreakerConfig, LineConfig
from ingest.dispatch.ledger import from_metadata
from ingest.outbound import Unclear
from ingest.publisher import Record
from tests.ingest.dispatch.conftest import HASTY, PARTITIONS, PRICE, World, sends
from tests.ingest.dispatch.toy import KEY, ToyThatLooksUp
from tests.ingest.waiting import until


async def test_what_is_taken_is_claimed_first_and_told_afterwards(world: World) -> None:
    many = [sends() for _ in range(40)]
    async with world.dispatching() as dispatcher:
        await world.decide(*many)
        await world.concluded(*many)
        await until(lambda: len(world.events) >= 40)
    for one in many:
        assert world.shape(one) == ["Calling", "taken"]
        assert world.sent(one) == 1
        [event] = world.told(one)
        assert (event.stage, event.ref) == (Stage.QUEUED, world.of(one)[1].refs[0])  # type: ignore[union-attr]
        assert event.expected_cost == PRICE  # type: ignore[union-attr]
        assert KEY.encode() not in event.personal.request
    shown = dispatcher.metrics.registry
    assert (
        shown.get_sample_value(
            "acuse_dispatch_decisions_total", {"provider": "toy", "kind": "send", "outcome": "taken"}
        )
        == 40
    )


async def test_a_restarted_dispatcher_does_nothing_again(world: World) -> None:
    before, after = [sends() for _ in range(10)], sends()
    async with world.dispatching():
        await world.decide(*before)
        await world.concluded(*before)
    offset, metadata = await _committed(world, before[0])
    assert offset > 0
    assert from_metadata(metadata) >= 2 * offset  # a claim and an outcome for each
    async with world.dispatching():
        await world.decide(after, before[0])  # decided once more, as after a crash of whoever decides
        await world.concluded(after)
    assert world.toy.taken == {one.reference: 1 for one in (*before, after)}


async def test_what_is_refused_is_told_as_rejected_under_our_reference(world: World) -> None:
    refused, secret = sends("refuse"), sends("refuse", store=Store.NOSTORE)
    async with world.dispatching():
        await world.decide(refused, secret)
        await world.concluded(refused, secret)
        await until(lambda: len(world.events) == 2)
    [event] = world.told(refused)
    assert (event.stage, event.reason, event.final) == (Stage.REJECTED, Reason.INVALID_NUMBER, True)  # type: ignore[union-attr]
    assert (event.ref, event.code, event.personal.text) == (refused.reference, "N1", "refuse")
    assert event.expected_cost == PRICE  # type: ignore[union-attr]
    assert world.shape(refused) == ["Calling", "refused"]
    [kept] = world.told(secret)
    assert (kept.personal.text, kept.personal.request) == (None, b"")


async def test_what_was_certainly_not_taken_is_tried_again_when_the_provider_wants(world: World) -> None:
    busy, later = sends("busy 2"), sends("busy-for 1")
    async with world.dispatching():
        await world.decide(busy)
        await world.concluded(busy)
        await world.decide(later)
        await world.concluded(later)
    assert world.shape(busy) == ["Calling", "released", "Calling", "released", "Calling", "taken"]
    assert world.shape(later) == ["Calling", "released", "Calling", "taken"]
    assert world.toy.taken == {busy.reference: 1, later.reference: 1}
    first, second = world.toy.times[-2:]
    assert second - first >= 1
    assert world.of(busy)[-1].tries == 3  # type: ignore[union-attr]


async def test_what_is_never_taken_is_given_up_and_told(world: World) -> None:
    busy, expired, unreachable = sends("busy 99"), sends(ttl_seconds=5, decided_at=_ago(minutes=1)), sends()
    async with world.dispatching():
        await world.decide(busy, expired)
        await world.concluded(busy, expired)
    nowhere = {"toy": Account("toy", base_url="http://127.0.0.1:9", credentials={"key": KEY})}
    async with world.dispatching(accounts=nowhere):
        await world.decide(unreachable)
        await world.concluded(unreachable)
        await until(lambda: len(world.events) == 3)
    assert [world.of(one)[-1].result for one in (busy, expired, unreachable)] == ["not_taken"] * 3  # type: ignore[union-attr]
    reasons = [world.told(one)[0].reason for one in (busy, expired, unreachable)]  # type: ignore[union-attr]
    assert reasons == [Reason.RATE_LIMITED, Reason.EXPIRED, Reason.PROVIDER_ERROR]
    assert (world.sent(busy), world.sent(expired)) == (4, 0)


@pytest.mark.parametrize("text", ["fail", "hang 5", "reset", "html", "explode"])
async def test_what_had_no_clear_answer_is_in_doubt_and_not_sent_again(world: World, text: str) -> None:
    unclear, other = sends(text), sends()
    async with world.dispatching(**HASTY):
        await world.decide(unclear)
        await world.concluded(unclear)
        await world.decide(other)
        await world.concluded(other)
    assert world.shape(unclear) == ["Calling", "InDoubt"]
    assert world.sent(unclear) == 1
    assert not world.told(unclear)
    if text == "html":
        doubt = world.of(unclear)[1]
        assert isinstance(doubt, InDoubt)
        assert doubt.personal is not None
        assert doubt.personal.raw == b"<html>"


async def test_in_doubt_it_is_sent_again_only_where_that_was_asked_for(world: World) -> None:
    again = sends("lose", on_doubt=OnDoubt.RETRY)
    async with world.dispatching():
        await world.decide(again)
        await world.concluded(again)
        await until(lambda: world.told(again))
    assert world.shape(again) == ["Calling", "InDoubt", "released", "Calling", "taken"]
    assert world.sent(again) == 2


async def test_in_doubt_the_provider_is_asked_where_it_can_be(world: World) -> None:
    taken, lost = sends("hang 5"), sends("lose")
    async with world.dispatching(ToyThatLooksUp, **HASTY):
        await world.decide(taken, lost)
        await until(lambda: world.told(taken) and world.told(lost))
        await until(lambda: "taken" in world.shape(taken) and "taken" in world.shape(lost))
    assert world.shape(taken) == ["Calling", "InDoubt", "taken"]
    assert world.of(taken)[-1].looked_up is True  # type: ignore[union-attr]
    assert {event.expected_cost for event in world.told(taken)} == {PRICE}  # type: ignore[union-attr]
    assert world.shape(lost) == ["Calling", "InDoubt", "released", "Calling", "taken"]
    assert world.toy.taken == {taken.reference: 1, lost.reference: 1}
    assert world.sent(lost) == 2


async def test_refused_credentials_stop_all_calls_and_nothing_is_lost(world: World) -> None:
    world.toy.unauthorised = True
    many = [sends() for _ in range(30)]
    breaker = BreakerConfig(pause_seconds=1.0)
    async with world.dispatching(breaker=breaker) as dispatcher:
        await world.decide(*many)
        await until(dispatcher.notes)
        assert "credentials" in dispatcher.notes()["toy"]
        assert dispatcher.ready() == {}
        await asyncio.sleep(0.5)
        assert len(world.toy.requests) == 1
        state = dispatcher.metrics.registry.get_sample_value("acuse_dispatch_account_state", {"provider": "toy"})
        assert state == 3
        world.toy.unauthorised = False
        await world.concluded(*many)
    assert world.toy.taken == {one.reference: 1 for one in many}


async def test_what_cannot_be_sent_is_told_without_asking_anybody(world: World) -> None:
    elsewhere, unconfigured = sends(), sends()
    elsewhere = replace_provider(elsewhere, "unheard-of")
    async with world.dispatching(accounts={"toy": Account("toy", base_url=world.toy.url)}):
        await world.decide(elsewhere, unconfigured)
        await world.concluded(elsewhere, unconfigured)
        await until(lambda: len(world.events) == 2)
    assert [world.of(one)[-1].result for one in (elsewhere, unconfigured)] == ["impossible"] * 2  # type: ignore[union-attr]
    assert "providers.toy" in world.of(unconfigured)[-1].text  # type: ignore[union-attr]
    assert not world.toy.requests


def replace_provider(decision, provider: str):
    return msgspec.structs.replace(decision, order=msgspec.structs.replace(decision.order, provider=provider))


async def test_a_decision_that_comes_again_when_it_is_forgotten_is_not_sent_again(world: World) -> None:
    done, doubted, late = sends(), sends("fail"), sends(decided_at=_ago(days=4))
    async with world.dispatching():
        await world.decide(done, doubted)
        await world.concluded(done, doubted)
    async with world.dispatching(remember=timedelta()):
        await world.decide(done, doubted, late)
        await world.concluded(late)
        await world.decide(done)
        later = sends()
        await world.decide(later)
        await world.concluded(later)
    assert world.shape(done) == ["Calling", "taken"]
    assert world.shape(doubted) == ["Calling", "InDoubt"]
    assert world.shape(late) == ["Calling", "taken"]
    assert world.toy.taken == {one.reference: 1 for one in (done, late, later)}


async def test_that_the_provider_cannot_tell_of_a_doubt_leaves_its_account_open(world: World) -> None:
    class Speechless(ToyThatLooksUp):
        def read_looked_up(self, order, sending, since, answer):
            del order, sending, since, answer
            return Unclear("it cannot be told apart")

    unclear, other = [sends("slow 5") for _ in range(6)], sends()
    async with world.dispatching(
        Speechless, breaker=BreakerConfig(failures=7, open_seconds=600, open_limit_seconds=600), **HASTY
    ):
        await world.decide(*unclear)
        await world.concluded(*unclear)
        await until(lambda: world.toy.looked_up >= 6)
        await world.decide(other)
        await world.concluded(other)
    assert world.shape(other) == ["Calling", "taken"]


async def test_the_rate_and_the_number_at_one_time_are_kept(world: World) -> None:
    many = [sends("slow 0.05") for _ in range(25)]
    async with world.dispatching(line=LineConfig(rate_per_second=20, concurrency=4)):
        await world.decide(*many)
        await world.concluded(*many)
    times = sorted(world.toy.times)
    assert times[-1] - times[0] >= 0.2
    assert world.toy.taken == {one.reference: 1 for one in many}


async def test_records_that_are_no_decisions_are_passed_over(world: World) -> None:
    good = sends()
    async with world.dispatching() as dispatcher:
        await world.publisher.publish([Record(world.topics.decisions.name, b"x", b"nonsense")])
        await world.decide(good)
        await world.concluded(good)
        registry = dispatcher.metrics.registry
        assert (
            registry.get_sample_value("acuse_dispatch_unreadable_records_total", {"topic": world.topics.decisions.name})
            == 1
        )


async def test_what_is_under_way_at_the_end_is_finished(world: World) -> None:
    slow = sends("slow 0.8")
    async with world.dispatching():
        await world.decide(slow)
        await until(lambda: slow.reference in world.toy.taken)
    await until(lambda: world.shape(slow) == ["Calling", "taken"])


async def test_a_claim_that_was_left_behind_is_in_doubt_and_not_sent(world: World) -> None:
    """As after a crash between claim and answer."""
    left, free = sends(), sends()
    await world.decide(left, free)
    calling = Calling(
        decision_id=left.decision_id,
        message_id=left.message_id,
        provider="toy",
        claim="somebody else's",
        at=datetime.now(UTC),
        decision_offset=0,
        step=1,
    )
    await world.call(calling)
    async with world.dispatching(**HASTY):
        await world.concluded(free)
        assert world.shape(left) == ["Calling"]
        await world.concluded(left)
    assert world.shape(left) == ["Calling", "InDoubt"]
    assert world.sent(left) == 0


async def _committed(world: World, decision: SendDecision) -> tuple[int, str]:
    """What the group has committed of the partition that a decision is in."""
    admin = AIOKafkaAdminClient(bootstrap_servers=world.bootstrap_servers)
    async with asyncio.timeout(60):
        await admin.start()
        marks = await admin.list_consumer_group_offsets(world.topics.decisions.name)
        await admin.close()
    number = (murmur2(decision.message_id.encode()) & 0x7FFFFFFF) % PARTITIONS
    mark = marks[TopicPartition(world.topics.decisions.name, number)]
    return mark.offset, mark.metadata


def _ago(**much: float) -> datetime:
    return datetime.now(UTC) - timedelta(**much)
