"""What becomes of the decisions that a plan leads to, on the real broker and over real HTTP."""

from datetime import UTC, datetime, timedelta

import msgspec

from delivery.channels import Channel
from delivery.decisions import (
    EndDecision,
    FailoverOutcome,
    OutcomeDecision,
    SendDecision,
    WaitDecision,
    Why,
    end_id,
    outcome_id,
    send_id,
    wait_id,
)
from delivery.events import Payload, Personal, Reply, Source
from delivery.orders import Order, OrderPersonal, Template
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from delivery.requests import Finding
from delivery.stages import Stage
from delivery.windows import Window, encode_window, opened_by
from ingest.dispatch.config import BreakerConfig
from ingest.dispatch.dispatcher import Dispatcher
from ingest.outbound import Unclear
from ingest.provider import NativeLeg
from ingest.publisher import Record
from tests.ingest.dispatch.conftest import HASTY, World, sends, settles
from tests.ingest.dispatch.toy import Toy, ToyThatLooksUp
from tests.ingest.waiting import until


def again(before: SendDecision, text: str = "hello", *, why: Why = Why.BACK_OFF, **more: object) -> SendDecision:
    """The same step once more."""
    tries = before.tries + 1
    return msgspec.structs.replace(
        sends(text, message_id=before.message_id),
        decision_id=send_id(before.message_id, before.step, tries),
        step=before.step,
        tries=tries,
        why=why,
        **more,
    )


def next_step(before: SendDecision, text: str = "hello", *, why: Why = Why.FAILED, **more: object) -> SendDecision:
    step = before.step + 1
    return msgspec.structs.replace(
        sends(text, message_id=before.message_id),
        decision_id=send_id(before.message_id, step),
        step=step,
        why=why,
        **more,
    )


async def test_each_sending_is_told_by_its_step_and_its_tries(world: World) -> None:
    first = sends("refuse")
    second = again(first, "refuse")
    third = next_step(first)
    async with world.dispatching():
        await world.decide(first, second, third)
        await world.concluded(first, second, third)
        await until(lambda: len(world.events) == 3)
    told = {(event.step, event.tries): event.ref for event in world.told(first)}
    assert (told[1, 0], told[1, 1]) == (f"{first.message_id}.1", f"{first.message_id}.1.1")
    assert set(told) == {(1, 0), (1, 1), (2, 0)}
    assert world.toy.requests.count(f"{first.message_id}.1.1") == 1
    assert world.toy.taken == {f"{first.message_id}.2": 1}


async def test_a_plan_repeats_a_step_without_a_persons_word_and_a_person_not_without_his_own(world: World) -> None:
    first, unsettled = sends("refuse"), sends("fail")
    by_plan, by_person = again(first), again(unsettled, why=Why.SETTLED)
    async with world.dispatching():
        await world.decide(first, unsettled, by_plan)
        await world.concluded(first, unsettled, by_plan)
        await world.decide(by_person)
        await until(lambda: world.of(by_person))
    assert world.shape(by_plan) == ["Calling", "taken"]
    assert world.shape(by_person) == ["released"]


async def test_what_asks_for_nothing_to_be_done_is_passed_over(world: World) -> None:
    sent, at = sends(), datetime.now(UTC)
    about = {"message_id": sent.message_id, "decided_at": at}
    waited = WaitDecision(decision_id=wait_id(sent.message_id, 1, 0, at), why=Why.SCHEDULED, step=1, until=at, **about)
    ended = EndDecision(decision_id=end_id(sent.message_id, Why.SUCCEEDED), why=Why.SUCCEEDED, step=1, **about)
    needless = OutcomeDecision(
        decision_id=outcome_id(sent.message_id, FailoverOutcome.NEEDLESS),
        why=Why.SUCCEEDED,
        outcome=FailoverOutcome.NEEDLESS,
        **about,
    )
    async with world.dispatching() as dispatcher:
        await world.decide(waited, ended, needless, sent)
        await world.concluded(sent)
        unreadable = dispatcher.metrics.registry.get_sample_value(
            "acuse_dispatch_unreadable_records_total", {"topic": world.topics.decisions.name}
        )
    assert not unreadable
    assert {call.decision_id for call in world.calls} == {sent.decision_id}


async def test_what_nobody_can_tell_of_is_abandoned_where_its_plan_goes_on(world: World) -> None:
    unclear, held = sends("fail", on_doubt=OnDoubt.NEXT), sends("fail")
    async with world.dispatching():
        await world.decide(unclear, held)
        await world.concluded(held)
        await until(lambda: "abandoned" in world.shape(unclear))
        await world.decide(later := sends())
        await world.concluded(later)
    assert (world.shape(unclear), world.shape(held)) == (["Calling", "InDoubt", "abandoned"], ["Calling", "InDoubt"])
    async with world.dispatching(remember=timedelta()):
        await world.decide(unclear, after := sends())
        await world.concluded(after)
    assert world.shape(unclear) == ["Calling", "InDoubt", "abandoned"]
    assert world.sent(unclear) == 1
    assert not world.told(unclear)


async def test_the_provider_is_asked_before_anything_is_abandoned(world: World) -> None:
    taken, lost, silent = (sends(text, on_doubt=OnDoubt.NEXT) for text in ("hang 5", "lose", "slow 5"))

    class Forgetful(ToyThatLooksUp):
        def read_looked_up(self, order, sending, since, answer):
            if order.personal.text == "slow 5":
                return Unclear("it cannot be told apart")
            return super().read_looked_up(order, sending, since, answer)

    async with world.dispatching(Forgetful, **HASTY):
        await world.decide(taken, lost, silent)
        await until(lambda: "taken" in world.shape(taken) and "taken" in world.shape(lost))
        await until(lambda: "abandoned" in world.shape(silent))
    assert world.shape(taken) == ["Calling", "InDoubt", "taken"]
    assert world.shape(lost) == ["Calling", "InDoubt", "released", "Calling", "taken"]
    assert world.shape(silent) == ["Calling", "InDoubt", "abandoned"]
    assert world.of(silent)[-1].looked_up  # type: ignore[union-attr]


async def test_a_person_settles_what_was_abandoned(world: World) -> None:
    sent, lost = sends("fail", on_doubt=OnDoubt.NEXT), sends("fail", on_doubt=OnDoubt.NEXT)
    repeated = again(lost, why=Why.SETTLED)
    async with world.dispatching():
        await world.decide(sent, lost)
        await until(lambda: "abandoned" in world.shape(sent) and "abandoned" in world.shape(lost))
        found = settles(Finding.SENT, ref="r1", message_id=sent.message_id)
        not_found = settles(Finding.NOT_SENT, resend=True, message_id=lost.message_id)
        await world.decide(found, not_found, repeated)
        await world.concluded(found, not_found, repeated)
        await until(lambda: world.told(sent))
    assert world.shape(sent) == ["Calling", "InDoubt", "abandoned", "taken"]
    assert world.shape(lost) == ["Calling", "InDoubt", "abandoned", "not_taken"]
    assert world.shape(repeated) == ["Calling", "taken"]


async def test_nothing_is_sent_after_its_time(world: World) -> None:
    late, soon, in_time = sends(), sends("busy-for 3000"), sends("busy-for 1")
    late = msgspec.structs.replace(late, expires_at=_in(seconds=-1))
    soon = msgspec.structs.replace(soon, expires_at=_in(seconds=100))
    in_time = msgspec.structs.replace(in_time, expires_at=_in(seconds=600))
    async with world.dispatching():
        await world.decide(late, soon)
        await world.concluded(late, soon)
        await until(lambda: world.told(late) and world.told(soon))
    async with world.dispatching():
        await world.decide(in_time)
        await world.concluded(in_time)
    told = [world.told(one)[0] for one in (late, soon)]
    assert [event.reason for event in told] == [Reason.EXPIRED, Reason.RATE_LIMITED]  # type: ignore[union-attr]
    assert [world.sent(one) for one in (late, soon)] == [0, 1]
    assert world.shape(in_time)[-1] == "taken"


async def test_where_others_are_left_to_try_an_account_that_is_left_alone_refuses_at_once(world: World) -> None:
    first, waits = sends("fail"), sends()
    hurried = [msgspec.structs.replace(sends(), waits=False) for _ in range(3)]
    async with world.dispatching(breaker=BreakerConfig(failures=1, open_seconds=600, open_limit_seconds=600)):
        await world.decide(first)
        await world.concluded(first)
        await world.decide(waits, *hurried)
        await world.concluded(*hurried)
        await until(lambda: all(world.told(one) for one in hurried))
        assert not world.shape(waits)
    async with world.dispatching():  # another one, that leaves nobody alone yet
        await world.concluded(waits)
    for one in hurried:
        assert world.shape(one) == ["Calling", "not_taken"]
        [event] = world.told(one)
        assert (event.stage, event.reason) == (Stage.REJECTED, Reason.PROVIDER_UNAVAILABLE)  # type: ignore[union-attr]
        assert world.sent(one) == 0
    assert world.shape(waits) == ["Calling", "taken"]


async def test_refused_credentials_refuse_at_once_what_does_not_wait(world: World) -> None:
    world.toy.unauthorised = True
    hurried = [msgspec.structs.replace(sends(), waits=False) for _ in range(5)]
    async with world.dispatching(breaker=BreakerConfig(pause_seconds=600)):
        await world.decide(*hurried)
        await world.concluded(*hurried)
        await until(lambda: all(world.told(one) for one in hurried))
    reasons = {world.told(one)[0].reason for one in hurried}  # type: ignore[union-attr]
    assert reasons == {Reason.PROVIDER_UNAVAILABLE}
    assert len(world.toy.requests) == 1


def _in(**much: float) -> datetime:
    return datetime.now(UTC) + timedelta(**much)


class ToyOfConversations(Toy):
    channels = sends_on = frozenset({Channel.SMS, Channel.WHATSAPP})


class ToyWithLegs(ToyOfConversations):
    def native_legs(self, order: Order) -> list[NativeLeg]:
        return [NativeLeg(order.channel), NativeLeg(Channel.SMS)]


def wrote(person: str, ago: timedelta) -> Window:
    reply = Reply(
        provider="toy",
        ref="r1",
        channel=Channel.WHATSAPP,
        received_at=datetime.now(UTC) - ago,
        source=Source.WEBHOOK,
        payload=Payload(sha256="0" * 64),
        personal=Personal(sender=person),
    )
    window = opened_by(reply)
    assert window is not None
    return window


def on_whatsapp(person: str, *, template: bool = False) -> SendDecision:
    decision = sends()
    words = Template(name="t", language="es") if template else None
    personal = OrderPersonal(to=person, text="hello", template=words)
    order = Order(provider="toy", channel=Channel.WHATSAPP, personal=personal)
    return msgspec.structs.replace(decision, order=order)


async def open_windows(world: World, *windows: Window) -> None:
    await world.publisher.publish(
        [Record(world.topics.windows.name, window.key.encode(), encode_window(window)) for window in windows]
    )


async def test_words_of_our_own_are_not_sent_where_the_window_is_known_to_be_closed(world: World) -> None:
    closed, just_closed, opened, unknown = (f"+3460000000{number}" for number in range(4))
    await open_windows(
        world,
        wrote(closed, timedelta(hours=60)),
        wrote(just_closed, timedelta(hours=24, minutes=30)),
        wrote(opened, timedelta(minutes=5)),
        wrote(opened, timedelta(hours=50)),
    )
    refused = on_whatsapp(closed)
    sent = [
        on_whatsapp(closed, template=True),
        *(on_whatsapp(person) for person in (just_closed, opened, unknown)),
    ]
    async with world.dispatching(ToyOfConversations) as dispatcher:
        await until(lambda: dispatcher.notes() == {} and windows_known(dispatcher) == 3)
        await world.decide(refused, *sent)
        await world.concluded(refused, *sent)
        await until(lambda: world.told(refused))
        answers = on_whatsapp(closed)
        await world.decide(answers)
        await open_windows(world, wrote(closed, timedelta()))
        await world.concluded(answers)
    [event] = world.told(refused)
    assert (event.stage, event.reason, event.ref) == (Stage.REJECTED, Reason.WINDOW_CLOSED, refused.reference)  # type: ignore[union-attr]
    assert world.shape(refused) == ["Calling", "not_taken"]
    assert [world.shape(one)[-1] for one in (*sent, answers)] == ["taken"] * 5
    assert world.sent(refused) == 0


async def test_what_its_provider_fails_over_itself_goes_to_it_though_the_window_is_closed(world: World) -> None:
    await open_windows(world, wrote("+34600000001", timedelta(hours=60)))
    sent = on_whatsapp("+34600000001")
    async with world.dispatching(ToyWithLegs) as dispatcher:
        await until(lambda: windows_known(dispatcher) == 1)
        await world.decide(sent)
        await world.concluded(sent)
    assert world.shape(sent) == ["Calling", "taken"]


def windows_known(dispatcher: Dispatcher) -> float | None:
    return dispatcher.metrics.registry.get_sample_value("acuse_dispatch_windows")
