"""What becomes of the decisions that a plan leads to, on the real broker and over real HTTP."""

from datetime import UTC, datetime

import msgspec
import pytest

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
from tests.ingest.dispatch.conftest import World, sends, until

pytestmark = pytest.mark.timeout(60)


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
