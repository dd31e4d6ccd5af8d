"""What is counted, of messages that can be counted by hand."""

from decimal import Decimal

import pytest

from delivery.backtest.evidence import Evidence
from delivery.backtest.fates import Fates
from delivery.backtest.replaying import replay
from delivery.backtest.tally import Tally, spread
from delivery.backtest.variants import horizon, with_ttl
from delivery.plans import Success
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.delivery.backtest.recording import Fate, course, plan_of, recorded_by_a_worker, step

TWO_STEPS = plan_of(step("one"), step("two", ttl=None))
PROMPT = Fate(course((1, Stage.QUEUED), (5, Stage.DELIVERED)))
LATE = Fate(course((1, Stage.QUEUED), (60, Stage.DELIVERED)))
FAILING = Fate(course((1, Stage.QUEUED), (7, Stage.UNDELIVERED), reason=Reason.ABSENT_SUBSCRIBER))
SENT = Fate(course((1, Stage.QUEUED), (2, Stage.SENT)))


def tallied(*messages: tuple[Fate, ...], success: Success = Success.DELIVERED) -> Tally:
    plan = plan_of(step("one", success=success), step("two", ttl=None, success=success))
    tally = Tally(lambda _order: None)
    for fates in messages:
        history = recorded_by_a_worker(plan, fates)
        tally.add(history.state(), history.outcome)
    return tally


def test_each_outcome_is_counted_once() -> None:
    messages = [(PROMPT,), (FAILING, PROMPT), (LATE, PROMPT), (LATE, FAILING), (FAILING, FAILING), (SENT, SENT)]
    figures = tallied(*messages).figures()
    assert (figures.messages, figures.delivered, figures.sendings, figures.failovers) == (6, 4, 11, 5)
    assert (figures.rescued, figures.both, figures.needless, figures.failed_too, figures.unsettled) == (1, 1, 1, 1, 1)
    assert (figures.rescue_rate, figures.needless_rate, figures.double_rate) == (0.2, 0.2, 0.2)
    assert figures.cost == pytest.approx(0.55)
    assert figures.cost_per_delivered == pytest.approx(0.55 / 4)
    assert (figures.added_p50, figures.added_p95) == (12, 12)


def test_what_counts_is_what_the_step_asks_for() -> None:
    assert tallied((SENT,)).figures().delivered == 0
    figures = tallied((SENT,), success=Success.SENT).figures()
    assert (figures.delivered, figures.failovers) == (1, 0)


def test_nothing_has_neither_shares_nor_costs() -> None:
    figures = Tally(lambda _order: Decimal(1)).figures()
    assert (figures.messages, figures.delivered_share, figures.rescue_rate, figures.cost) == (0, None, None, None)
    assert spread([figures, figures]).mean == figures


def test_a_spread_has_the_mean_and_both_ends() -> None:
    runs = [tallied((PROMPT,)).figures(), tallied((FAILING, PROMPT)).figures()]
    found = spread(runs)
    assert (found.low.failovers, found.mean.failovers, found.high.failovers) == (0, 0.5, 1)
    assert found.low.added_p50 == found.high.added_p50 == 12


def test_what_is_recorded_and_what_is_replayed_count_alike() -> None:
    for fates in [(PROMPT,), (FAILING, PROMPT), (LATE, PROMPT), (LATE, FAILING), (FAILING, FAILING)]:
        history = recorded_by_a_worker(TWO_STEPS, fates)
        recorded, replayed = Tally(lambda _order: None), Tally(lambda _order: None)
        recorded.add(history.state(), history.outcome)
        again = replay(history, TWO_STEPS, Fates(history, Evidence(), 0))
        replayed.add(again.state, again.outcome)
        assert recorded.figures() == replayed.figures()


def test_a_ttl_is_for_every_step_but_the_last() -> None:
    changed = with_ttl(plan_of(step("one"), step("two"), step("three", ttl=600)), 45)
    assert [each.ttl_seconds for each in changed.steps] == [45, 45, 600]
    assert with_ttl(changed, None) is changed
    assert horizon([changed, TWO_STEPS]).total_seconds() == 690
