"""Polls, cancellations, findings of people, and lists of inbound messages."""

import asyncio
import uuid
from datetime import UTC, datetime

import msgspec

from delivery.calls import Called, InDoubt
from delivery.channels import Channel
from delivery.decisions import (
    CancelDecision,
    PollDecision,
    SendDecision,
    Target,
    Why,
    cancel_id,
    poll_id,
    send_id,
)
from delivery.events import Reply, Source
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage
from tests.ingest.dispatch.conftest import PRICE, World, order, sends, settles
from tests.ingest.dispatch.toy import ToyWithInbox
from tests.ingest.waiting import until


def polls(ref: str, *, channel: Channel = Channel.SMS, round_number: int = 1, provider: str = "toy") -> PollDecision:
    return PollDecision(
        decision_id=poll_id(provider, f"{ref}-{uuid.uuid4().hex}", round_number),
        message_id=str(uuid.uuid4()),
        decided_at=datetime.now(UTC),
        why=Why.NO_RECEIPT_YET,
        target=Target(provider=provider, ref=ref, channel=channel),
        round=round_number,
    )


def cancels(ref: str) -> CancelDecision:
    return CancelDecision(
        decision_id=cancel_id("toy", ref),
        message_id=str(uuid.uuid4()),
        decided_at=datetime.now(UTC),
        why=Why.REQUESTED,
        target=Target(provider="toy", ref=ref, channel=Channel.SMS),
    )


def resent(decision: SendDecision) -> SendDecision:
    """As decided with a finding that it was not sent."""
    return msgspec.structs.replace(
        decision,
        decision_id=send_id(decision.message_id, 1, 1),
        tries=1,
        why=Why.SETTLED,
        decided_at=datetime.now(UTC),
        order=order(),
    )


def result(world: World, decision) -> Called:
    last = world.of(decision)[-1]
    assert isinstance(last, Called)
    return last


async def test_what_is_polled_is_told_as_events_and_needs_no_claim(world: World) -> None:
    done, asks_on, pending = polls("done"), polls("asks-on"), polls("pending")
    async with world.dispatching():
        await world.decide(done, asks_on, pending)
        await world.concluded(done, asks_on, pending)
        await until(lambda: len(world.events) == 2)
    assert {event.ref for event in world.events} == {"done", "asks-on"}
    assert {event.source for event in world.events} == {Source.POLL}
    for one in (done, asks_on, pending):
        assert world.shape(one) == ["answered"]
    kept = result(world, pending).personal
    assert kept is not None
    assert kept.raw == b'{"done":false}'


async def test_what_was_answered_is_not_asked_again_when_it_comes_again(world: World) -> None:
    done, busy = polls("done"), polls("fails")
    for times in (1, 2):
        async with world.dispatching():
            await world.decide(done, busy, last := polls("pending"))
            await world.concluded(done, last)
            await until(lambda times=times: world.shape(busy) == ["not_taken"] * times)
    assert world.shape(done) == ["answered"]


async def test_a_poll_that_tells_nothing_says_why(world: World) -> None:
    unknown, fails, never = polls("unknown"), polls("fails"), polls("never")
    voice, elsewhere = polls("done", channel=Channel.VOICE), polls("done", provider="unheard-of")
    every = (unknown, fails, never, voice, elsewhere)
    async with world.dispatching():
        await world.decide(*every)
        await world.concluded(*every)
    assert [result(world, one).result for one in every] == ["answered", "not_taken", *["impossible"] * 3]
    assert (result(world, fails).tries, result(world, fails).status) == (3, 500)
    assert "never given" in result(world, never).text
    assert not world.events


async def test_what_the_provider_does_not_tell_us_of_is_not_asked_again(world: World) -> None:
    """Mensatek counts questions about what is not ours as spam."""
    first, second, other = polls("foreign"), polls("foreign", round_number=2), polls("foreign-too")
    async with world.dispatching():
        for one in (first, second, other):
            await world.decide(one)
            await world.concluded(one)
    assert [result(world, one).result for one in (first, second, other)] == ["refused", "impossible", "refused"]
    assert "does not tell" in result(world, second).text
    assert world.toy.asked_of_others == 2


async def test_a_paused_account_is_not_polled(world: World) -> None:
    world.toy.unauthorised = True
    one, poll = sends(), polls("done")
    async with world.dispatching() as dispatcher:
        await world.decide(one)
        await until(dispatcher.notes)
        await world.decide(poll)
        await world.concluded(poll)
        world.toy.unauthorised = False
        await world.concluded(one)
    assert result(world, poll).result == "not_taken"
    assert "credentials" in result(world, poll).text


async def test_what_is_taken_back_is_told_and_what_is_gone_is_said(world: World) -> None:
    early, late = cancels("early"), cancels("late")
    async with world.dispatching():
        await world.decide(early, late)
        await world.concluded(early, late)
        await until(lambda: world.events)
    [event] = world.events
    assert (event.ref, event.stage) == ("early", Stage.CANCELLED)  # type: ignore[union-attr]
    assert result(world, early).result == "answered"
    assert (result(world, late).result, result(world, late).code) == ("refused", "late")


async def test_what_a_person_finds_settles_the_doubt(world: World) -> None:
    doubt = sends("fail")
    async with world.dispatching():
        await world.decide(doubt)
        await world.concluded(doubt)
        assert isinstance(world.of(doubt)[-1], InDoubt)
        sent = settles(Finding.SENT, ref="r1", message_id=doubt.message_id)
        await world.decide(sent)
        await world.concluded(sent)
        await until(lambda: world.told(doubt))
    [event] = world.told(doubt)
    assert (event.ref, event.stage, event.personal.recipient) == ("r1", Stage.QUEUED, "+34600000001")  # type: ignore[union-attr]
    assert event.expected_cost == PRICE  # type: ignore[union-attr]
    assert world.shape(doubt) == ["Calling", "InDoubt", "taken"]


async def test_what_was_found_not_sent_is_rejected_unless_it_is_sent_again(world: World) -> None:
    doubts = [sends("lose") for _ in range(3)]
    ids = [doubt.message_id for doubt in doubts]
    given_up, again, unnamed = (
        settles(Finding.NOT_SENT, message_id=ids[0]),
        settles(Finding.NOT_SENT, resend=True, message_id=ids[1]),
        settles(Finding.SENT, message_id=ids[2]),
    )
    repeated = resent(doubts[1])
    async with world.dispatching():
        await world.decide(*doubts)
        await world.concluded(*doubts)
        await world.decide(given_up, again, repeated, unnamed)
        await world.concluded(given_up, again, repeated, unnamed)
        await until(lambda: len(world.events) == 2)
    [event] = world.told(doubts[0])
    assert (event.stage, event.reason) == (Stage.REJECTED, Reason.PROVIDER_ERROR)  # type: ignore[union-attr]
    assert event.expected_cost == PRICE  # type: ignore[union-attr]
    assert [result(world, one).result for one in (given_up, again, unnamed)] == ["not_taken", "not_taken", "impossible"]
    assert "ref" in result(world, unnamed).text
    assert world.shape(doubts[1]) == ["Calling", "InDoubt", "not_taken"]
    assert world.shape(repeated) == ["Calling", "taken"]
    assert world.toy.taken == {repeated.reference: 1}


async def test_what_is_not_in_doubt_is_not_settled_and_not_sent_again(world: World) -> None:
    sent, doubt = sends(), sends("lose")
    stale, repeated = settles(Finding.NOT_SENT, resend=True, message_id=sent.message_id), resent(sent)
    too_early = settles(Finding.NOT_SENT, resend=True, message_id=doubt.message_id)
    async with world.dispatching():
        await world.decide(sent)
        await world.concluded(sent)
        await world.decide(stale, repeated, too_early, resent(doubt))
        await world.concluded(stale, too_early)
        await until(lambda: world.shape(repeated) == world.shape(resent(doubt)) == ["released"])
        await world.decide(doubt)
        await world.concluded(doubt)
        await world.decide(too_early, resent(doubt))
        await until(lambda: "taken" in world.shape(resent(doubt)))
        await world.decide(too_early, resent(doubt))  # and once more changes nothing
        await world.decide(later := sends())
        await world.concluded(later)
    assert [result(world, stale).result, result(world, too_early).result] == ["impossible", "not_taken"]
    assert world.toy.taken == {one.reference: 1 for one in (sent, resent(doubt), later)}


async def test_lists_are_followed_until_nothing_is_new(world: World) -> None:
    world.toy.inbox = [f"m{number}" for number in range(7)]
    async with world.dispatching(ToyWithInbox) as dispatcher:
        await until(lambda: len(world.events) == 7)
        world.toy.inbox.append("m7")
        await until(lambda: len(world.events) == 8)
        await asyncio.sleep(0.5)
        listed = dispatcher.metrics.registry.get_sample_value("acuse_dispatch_listed_events_total", {"provider": "toy"})
    assert listed == 8
    assert {event.reply_id for event in world.events if isinstance(event, Reply)} == set(world.toy.inbox)
    assert len(world.events) == 8
