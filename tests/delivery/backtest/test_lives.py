"""What is not lived through again is what it would have been."""

from datetime import timedelta

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delivery.backtest.courses import Course, Heard, Leg
from delivery.backtest.evidence import Drawn
from delivery.backtest.fates import Fates
from delivery.backtest.lives import Lives
from delivery.backtest.replaying import Replayed, replay
from delivery.backtest.variants import with_ttl
from delivery.channels import Channel
from delivery.plans import OnDoubt, Plan
from delivery.reasons import Reason
from delivery.stages import Stage
from tests.delivery.backtest.recording import Fate, course, evidence_of, plan_of, recorded_by_a_worker, step
from tests.delivery.backtest.strategies import EVIDENCE, courses, plans


def told(replayed: Replayed) -> list[tuple[str, object, object]]:
    return [(each.decision_id, each.decided_at, each.why) for each in replayed.decisions]


TOO_LATE = Course((Leg(Channel.SMS, (Heard(timedelta(0), Stage.REJECTED, True, Reason.EXPIRED),), ours=True),))
HELD = plan_of(*(msgspec.structs.replace(step("one", ttl=ttl), on_doubt=OnDoubt.HOLD) for ttl in (1, None)))


@settings(max_examples=40)
@example(HELD, TOO_LATE, [], [1, 2]).via("met in CI: more time, and it would have gone out")
@given(plans(), courses(), EVIDENCE, st.lists(st.integers(1, 120), min_size=1, max_size=3))
def test_shortcuts_lead_to_the_same(
    plan: Plan, first: Course, drawn: list[tuple[str, Course]], ttls: list[int]
) -> None:
    history = recorded_by_a_worker(plan_of(*plan.steps[:1]), [Fate(first)])
    evidence = evidence_of(drawn)
    lives = Lives(history, evidence)
    for ttl in [*ttls, None]:
        for seed in range(3):
            tried = with_ttl(plan, ttl)
            fates = Fates(history, evidence, seed)
            assert told(lives.under(tried, seed).replayed) == told(replay(history, tried, fates))
            assert lives.under(tried, seed).drawn == fates.drawn


def test_what_no_chance_and_no_time_came_into_is_lived_through_once() -> None:
    prompt = course((1, Stage.QUEUED), (5, Stage.DELIVERED))
    plan = plan_of(step("one"), step("two"))
    lives = Lives(recorded_by_a_worker(plan, [Fate(prompt)]), evidence_of([]))
    shortest = lives.under(with_ttl(plan, 10), 0)
    assert shortest.drawn == {Drawn.RECORDED: 1}
    assert lives.under(with_ttl(plan, 100), 1) is shortest
    assert lives.under(with_ttl(plan, 3), 0) is not shortest
