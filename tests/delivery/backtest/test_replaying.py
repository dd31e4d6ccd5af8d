"""A replay is what the rules would have done: held against a worker that only looks at its watch."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.backtest.courses import Course, news_of
from delivery.backtest.evidence import Drawn, Evidence
from delivery.backtest.fates import Fates
from delivery.backtest.histories import History
from delivery.backtest.replaying import replay
from delivery.backtest.tally import Tally
from delivery.backtest.variants import with_ttl
from delivery.decisions import CancelDecision, Decision, SendDecision, Why
from delivery.plans import Plan
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.delivery.backtest.recording import (
    MESSAGE,
    NOON,
    Fate,
    course,
    evidence_of,
    plan_of,
    recorded_by_a_worker,
    request,
    step,
)
from tests.delivery.backtest.strategies import EVIDENCE, FATES, courses, plans


def brief_of(decision: Decision) -> tuple[str, str, datetime, str]:
    return type(decision).__name__, decision.decision_id, decision.decided_at, decision.why


def fired(decisions: Sequence[Decision]) -> int:
    """How many steps followed the first; a step that was sent again is the same one."""
    return len({each.step for each in decisions if isinstance(each, SendDecision) and each.step > 1})


@settings(max_examples=40)
@given(plans(), FATES, st.none() | st.integers(0, 100))
def test_what_is_on_record_is_decided_again(plan: Plan, fates: list[Fate], cancelled_after: int | None) -> None:
    history = recorded_by_a_worker(plan, fates, cancelled_after)
    made = Fates(history, Evidence(), seed=0)
    again = replay(history, plan, made)
    recorded = [each for each in history.decisions.values() if not is_request(each)]
    assert [brief_of(each) for each in again.decisions if not is_request(each)] == [brief_of(each) for each in recorded]


def is_request(decision: Decision) -> bool:
    """Withdrawals that a caller asks for are decided elsewhere than the plan is."""
    return isinstance(decision, CancelDecision) and decision.why is Why.REQUESTED


@settings(max_examples=40)
@given(plans(), courses(), EVIDENCE, st.integers(0, 3), st.integers(1, 60), st.integers(0, 60))
def test_a_longer_ttl_never_fires_more_often(
    plan: Plan, first: Course, told: list[tuple[str, Course]], seed: int, ttl: int, more: int
) -> None:
    history = recorded_by_a_worker(msgspec.structs.replace(plan, steps=plan.steps[:1]), [Fate(first)])
    runs = [
        replay(history, with_ttl(plan, seconds), Fates(history, evidence_of(told), seed))
        for seconds in (ttl, ttl + more)
    ]
    shorter, longer = (fired(run.decisions) for run in runs)
    assert longer <= shorter


@settings(max_examples=40)
@given(plans(), courses(), EVIDENCE, st.integers(0, 3))
def test_the_same_seed_gives_the_same(plan: Plan, first: Course, told: list[tuple[str, Course]], seed: int) -> None:
    history = recorded_by_a_worker(msgspec.structs.replace(plan, steps=plan.steps[:1]), [Fate(first)])
    one, other = (replay(history, plan, Fates(history, evidence_of(told), seed)) for _ in range(2))
    assert one == other


@settings(max_examples=40)
@given(plans(most=1), courses(), EVIDENCE)
def test_a_plan_of_one_step_never_fails_over(plan: Plan, first: Course, told: list[tuple[str, Course]]) -> None:
    history = recorded_by_a_worker(plan, [Fate(first)])
    assert fired(replay(history, plan, Fates(history, evidence_of(told), 1)).decisions) == 0


LATE = course((1, Stage.QUEUED), (60, Stage.DELIVERED))
PROMPT = course((1, Stage.QUEUED), (5, Stage.DELIVERED))


def test_what_was_not_sent_is_drawn_and_counted() -> None:
    history = recorded_by_a_worker(plan_of(step("one", ttl=300), step("two")), [Fate(LATE)])
    made = Fates(history, evidence_of([("two", PROMPT)]), seed=1)
    again = replay(history, plan_of(step("one", ttl=30), step("two")), made)
    assert made.drawn == {Drawn.RECORDED: 1, Drawn.ANY_COUNTRY: 1}
    tally = Tally(lambda _order: None)
    tally.add(again.state, again.outcome)
    figures = tally.figures()
    assert (figures.failovers, figures.both, figures.sendings, figures.cost) == (1, 1, 2, 0.1)


def test_without_evidence_nothing_is_heard_of_it() -> None:
    history = recorded_by_a_worker(plan_of(step("one", ttl=300)), [Fate(LATE)])
    made = Fates(history, Evidence(), seed=1)
    again = replay(history, plan_of(step("one", ttl=30), step("two")), made)
    assert made.drawn == {Drawn.RECORDED: 1, Drawn.NO_EVIDENCE: 1}
    assert again.outcome is not None
    assert again.outcome.outcome == "needless"


def test_what_became_of_one_that_was_withdrawn_is_drawn_from_those_that_lasted_as_long() -> None:
    queued = course((1, Stage.QUEUED))
    history = recorded_by_a_worker(
        plan_of(step("one", ttl=30), step("two")), [Fate(queued, withdrawn_after=1), Fate(PROMPT)]
    )
    evidence = evidence_of([("one", PROMPT), ("one", LATE)])
    made = Fates(history, evidence, seed=1)
    longer = replay(history, plan_of(step("one", ttl=300), step("two")), made)
    assert made.drawn == {Drawn.ANY_COUNTRY: 1}
    assert fired(longer.decisions) == 0
    (brief,) = longer.state.attempts.values()
    assert (brief.stage, brief.updated_at) == (Stage.DELIVERED, NOON + timedelta(seconds=60))


def test_what_was_too_late_to_go_out_is_drawn_where_there_is_more_time() -> None:
    too_late = course((14, Stage.REJECTED), reason=Reason.EXPIRED, ours=True)
    two = step("two", ttl=None)
    history = recorded_by_a_worker(plan_of(step("one", ttl=12), two), [Fate(too_late), Fate(PROMPT)])
    evidence = evidence_of([("one", PROMPT)])
    for ttl, fates in ((12, {Drawn.RECORDED: 2}), (5, {Drawn.RECORDED: 2}), (30, {Drawn.ANY_COUNTRY: 1})):
        made = Fates(history, evidence, seed=1)
        replay(history, plan_of(step("one", ttl=ttl), two), made)
        assert made.drawn == fates


def test_a_message_that_was_sent_without_a_plan_can_be_replayed_under_one() -> None:
    asked = request(None)
    history = History(request=asked)
    sent = SendDecision(
        decision_id=f"{MESSAGE}/1",
        message_id=MESSAGE,
        decided_at=NOON,
        why=Why.REQUESTED,
        step=1,
        order=asked.order,
    )
    history.add_decision(sent)
    for brief in news_of(LATE, sent):
        history.add_attempt(brief)
    assert history.settled
    again = replay(
        history, plan_of(step("one", ttl=30), step("two")), Fates(history, evidence_of([("two", PROMPT)]), 1)
    )
    assert fired(again.decisions) == 1
    without = replay(history, None, Fates(history, Evidence(), 1))
    assert brief_of(without.decisions[0]) == brief_of(sent)
