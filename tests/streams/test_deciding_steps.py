"""When what a plan asks for is decided and marked, without a broker."""

from datetime import datetime, timedelta

import msgspec
import pytest

from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import EndDecision, SendDecision, WaitDecision, Why
from delivery.message_states import MessageState, join, with_attempt, with_request
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Plan, PlannedStep
from delivery.stages import Stage
from streams.deciding.states import decode_state, encode_state
from streams.deciding.steps import Fired, Steps
from tests.streams.test_deciding_timers import Stored, after

TTL = 60


def planned(asking, number: int) -> MessageState:
    """Viber for a minute, then an SMS."""
    personal = OrderPersonal(to="+34600000000", text="Hola")
    orders = [
        Order(provider="messente", channel=channel, personal=personal) for channel in (Channel.VIBER, Channel.SMS)
    ]
    steps = tuple(PlannedStep(choices=(Choice(order=order),), ttl_seconds=TTL) for order in orders)
    asked = msgspec.structs.replace(asking.asked(number), order=orders[0], plan=Plan(steps=steps, version="v"))
    return with_request(None, asked, number)


class Worker:
    """Steps with their store, driven as the worker drives them."""

    def __init__(self, stored: Stored, generation: int = 1) -> None:
        self.stored = stored
        self.steps = Steps(stored, lambda choices: [1] * len(choices))
        self.steps.keep_to(frozenset({0}), generation, renewed=True)
        for key, value in stored.values.items():
            self.steps.time(0, key, decode_state(value))

    def fire(self, now: datetime, heard: datetime | None = None) -> list[Fired]:
        return self.steps.due(0, now, heard or now, 10, now)

    def mark(self, fired: list[Fired]) -> None:
        self.steps.acknowledged(fired)
        for partition in self.steps.to_be_marked:
            for key, value in self.steps.marked(partition):
                self.stored.values[key] = value
                self.steps.time(partition, key, decode_state(value))

    def tell(self, state: MessageState) -> None:
        self.stored.keep(state)
        self.steps.time(0, state.message_id.encode(), state)

    def state(self) -> MessageState:
        [value] = self.stored.values.values()
        return decode_state(value)


def brief(asking, stage: Stage, step: int, at: datetime, *, version: int = 2) -> AttemptBrief:
    return AttemptBrief(
        provider="messente",
        ref=f"r{step}",
        channel=Channel.VIBER if step == 1 else Channel.SMS,
        stage=stage,
        final=stage in {Stage.DELIVERED, Stage.UNDELIVERED},
        opened_at=asking.received_at,
        updated_at=at,
        version=version,
        step=step,
    )


@pytest.fixture
def worker(asking) -> Worker:
    return Worker(Stored([planned(asking, 1)]))


def sent_steps(fired: list[Fired]) -> list[int]:
    return [each.step for one in fired for each in one.decisions if isinstance(each, SendDecision)]


def test_a_message_is_not_looked_at_again_until_what_it_asked_for_is_marked(worker, asking) -> None:
    fired = worker.fire(after(asking, seconds=1))
    assert sent_steps(fired) == [1]
    worker.tell(
        with_attempt(worker.state(), worker.state().message_id, brief(asking, Stage.UNDELIVERED, 1, after(asking)))
    )
    assert worker.fire(after(asking, seconds=2)) == []
    worker.mark(fired)
    assert sent_steps(worker.fire(after(asking, seconds=2))) == [2]


def test_what_was_told_in_between_is_kept_by_the_mark(worker, asking) -> None:
    fired = worker.fire(after(asking, seconds=1))
    worker.tell(with_attempt(worker.state(), worker.state().message_id, brief(asking, Stage.SENT, 1, after(asking))))
    worker.mark(fired)
    state = worker.state()
    assert [sent.step for sent in state.sends] == [1]
    assert [each.stage for each in state.attempts.values()] == [Stage.SENT]


def test_a_worker_that_dies_before_the_mark_leaves_the_same_to_its_successor(worker, asking) -> None:
    first = worker.fire(after(asking, seconds=1))
    second = Worker(worker.stored, generation=2).fire(after(asking, seconds=5))
    ids = [[each.decision_id for one in fired for each in one.decisions] for fired in (first, second)]
    assert ids[0] == ids[1]


def test_a_step_is_given_up_in_time_only_once_all_that_was_received_has_been_taken_in(worker, asking) -> None:
    begun = after(asking, seconds=1)
    worker.mark(worker.fire(begun))
    worker.tell(with_attempt(worker.state(), worker.state().message_id, brief(asking, Stage.SENT, 1, begun)))
    over = begun + timedelta(seconds=TTL)
    assert worker.fire(over - timedelta(microseconds=1)) == []
    assert worker.fire(over + timedelta(seconds=30), heard=over - timedelta(seconds=1)) == []
    fired = worker.fire(over + timedelta(seconds=30), heard=over)
    assert sent_steps(fired) == [2]
    assert fired[0].decisions[0].why is Why.TTL
    assert fired[0].decisions[0].grounds.timer == over


def test_news_changes_what_is_waited_for(worker, asking) -> None:
    begun = after(asking, seconds=1)
    worker.mark(worker.fire(begun))
    delivered = brief(asking, Stage.DELIVERED, 1, after(asking, seconds=20))
    worker.tell(with_attempt(worker.state(), worker.state().message_id, delivered))
    fired = worker.fire(after(asking, seconds=21))
    assert [type(each) for one in fired for each in one.decisions] == [EndDecision]
    worker.mark(fired)
    assert worker.steps.waiting == 0
    assert worker.fire(after(asking, hours=1)) == []


def test_a_step_nobody_can_tell_of_is_held_and_goes_on_when_somebody_can(worker, asking) -> None:
    begun = after(asking, seconds=1)
    worker.mark(worker.fire(begun))
    held = worker.fire(begun + timedelta(seconds=TTL))
    [decision] = held[0].decisions
    assert isinstance(decision, WaitDecision)
    assert (decision.why, decision.until) == (Why.HELD, None)
    worker.mark(held)
    assert worker.steps.waiting == 0
    shown = brief(asking, Stage.SENT, 1, begun + timedelta(seconds=90))
    worker.tell(with_attempt(worker.state(), worker.state().message_id, shown))
    assert sent_steps(worker.fire(begun + timedelta(seconds=91))) == [2]


def test_what_was_decided_before_a_rebalance_is_left_to_whoever_has_the_partition(worker, asking) -> None:
    fired = worker.fire(after(asking, seconds=1))
    worker.steps.acknowledged(fired)
    worker.steps.keep_to(frozenset({0}), 2, renewed=True)
    assert worker.steps.to_be_marked == []


def test_two_workers_marks_join(worker, asking) -> None:
    before = worker.state()
    worker.mark(worker.fire(after(asking, seconds=1)))
    told = with_attempt(before, before.message_id, brief(asking, Stage.SENT, 1, after(asking)))
    joined = decode_state(encode_state(join(worker.state(), told)))
    assert [sent.step for sent in joined.sends] == [1]
    assert list(joined.attempts) == ["messente/r1"]


def test_what_is_looked_at_at_once_is_bounded(asking) -> None:
    worker = Worker(Stored([planned(asking, number) for number in range(5)]))
    now = after(asking, seconds=1)
    looks = [worker.steps.due(0, now, now, 2, now) for _ in range(4)]
    assert [len(each) for each in looks] == [2, 2, 1, 0]
