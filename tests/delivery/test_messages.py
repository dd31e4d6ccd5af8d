"""The one word for what became of a message."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations

import pytest

from delivery.courses import Course, course_of
from delivery.decisions import Why
from delivery.marks import Decided, Mark
from delivery.messages import MessageOutcome, message_outcome
from delivery.stages import CONCLUSIVE, Stage
from delivery.steps import StepStanding

AT = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Stands:
    stage: Stage
    final: bool


def stands(stage: Stage, *, final: bool | None = None) -> Stands:
    return Stands(stage, stage in CONCLUSIVE if final is None else final)


@pytest.mark.parametrize(
    ("attempts", "outcome"),
    [
        ([], "accepted"),
        ([stands(Stage.SCHEDULED)], "scheduled"),
        ([stands(Stage.SCHEDULED), stands(Stage.QUEUED)], "in_flight"),
        ([stands(Stage.SCHEDULED), stands(Stage.UNDELIVERED)], "in_flight"),
        ([stands(Stage.SCHEDULED), stands(Stage.SCHEDULED)], "scheduled"),
        ([stands(Stage.SENT)], "in_flight"),
        ([stands(Stage.UNKNOWN)], "in_flight"),
        ([stands(Stage.UNDELIVERED), stands(Stage.SENT)], "in_flight"),
        ([stands(Stage.DELIVERED)], "delivered"),
        ([stands(Stage.DELIVERED), stands(Stage.UNDELIVERED), stands(Stage.SENT)], "delivered"),
        ([stands(Stage.SEEN), stands(Stage.DELIVERED)], "seen"),
        ([stands(Stage.REJECTED)], "refused"),
        ([stands(Stage.REJECTED), stands(Stage.CANCELLED)], "refused"),
        ([stands(Stage.REJECTED), stands(Stage.UNDELIVERED)], "failed"),
        ([stands(Stage.EXPIRED), stands(Stage.CANCELLED)], "failed"),
        ([stands(Stage.CANCELLED)], "cancelled"),
        ([stands(Stage.UNKNOWN, final=True)], "unknown"),
        ([stands(Stage.UNKNOWN, final=True), stands(Stage.UNDELIVERED)], "unknown"),
    ],
)
def test_the_best_that_happened_counts_then_what_still_may(attempts, outcome) -> None:
    assert {message_outcome(order) for order in permutations(attempts)} == {MessageOutcome(outcome)}


@pytest.mark.parametrize(
    ("attempts", "steps", "outcome"),
    [
        ([], ["waiting"], "accepted"),
        ([], ["taken"], "in_flight"),
        ([], ["in_doubt"], "in_doubt"),
        ([], ["refused"], "refused"),
        ([], ["refused", "waiting"], "in_flight"),
        ([], ["refused", "taken"], "in_flight"),
        ([], ["in_doubt", "refused"], "in_doubt"),
        ([], ["in_doubt", "waiting"], "in_flight"),
        ([stands(Stage.SENT)], ["in_doubt"], "in_flight"),
        ([stands(Stage.DELIVERED)], ["in_doubt"], "delivered"),
        ([stands(Stage.UNDELIVERED)], ["taken", "in_doubt"], "in_doubt"),
        ([stands(Stage.UNDELIVERED)], ["taken", "waiting"], "in_flight"),
        ([stands(Stage.UNDELIVERED)], ["taken"], "failed"),
        ([stands(Stage.UNDELIVERED)], ["healed"], "failed"),
        ([stands(Stage.REJECTED)], ["refused"], "refused"),
    ],
)
def test_what_we_were_asked_to_send_is_told_before_it_is_an_attempt(attempts, steps, outcome) -> None:
    standings = [StepStanding(step) for step in steps]
    assert {message_outcome(attempts, order) for order in permutations(standings)} == {MessageOutcome(outcome)}


@pytest.mark.parametrize(
    ("attempts", "steps", "course", "outcome"),
    [
        ([], [], {}, "accepted"),
        ([], [], {"waits": "scheduled"}, "scheduled"),
        ([], [], {"waits": "quiet_hours"}, "scheduled"),
        ([], ["waiting"], {"sent": True}, "accepted"),
        ([], ["taken"], {"sent": True}, "in_flight"),
        ([], ["refused"], {"sent": True}, "in_flight"),
        ([], ["in_doubt"], {"sent": True}, "in_doubt"),
        ([], ["in_doubt", "waiting"], {"sent": True}, "in_flight"),
        ([stands(Stage.UNDELIVERED)], ["taken"], {"sent": True}, "in_flight"),
        ([stands(Stage.REJECTED)], ["refused"], {"sent": True, "waits": "quiet_hours"}, "in_flight"),
        ([stands(Stage.UNDELIVERED)], ["taken", "taken"], {"sent": True}, "in_flight"),
        ([stands(Stage.UNDELIVERED)], ["taken"], {"sent": True, "ended": "exhausted"}, "failed"),
        ([stands(Stage.UNDELIVERED)], ["taken"], {"sent": True, "ended": "stopped"}, "failed"),
        ([stands(Stage.REJECTED)], ["refused"], {"sent": True, "ended": "exhausted"}, "refused"),
        ([stands(Stage.UNKNOWN, final=True)], ["taken"], {"sent": True, "ended": "no_receipt"}, "unknown"),
        ([stands(Stage.SENT)], ["taken"], {"sent": True, "ended": "succeeded"}, "in_flight"),
        ([], ["taken"], {"sent": True, "ended": "succeeded"}, "in_flight"),
        ([stands(Stage.DELIVERED)], ["taken"], {"sent": True}, "delivered"),
        ([], [], {"ended": "cancelled"}, "cancelled"),
        ([], [], {"ended": "too_costly"}, "refused"),
        ([], ["in_doubt"], {"sent": True, "ended": "cancelled"}, "in_doubt"),
    ],
)
def test_what_was_decided_by_a_plan_is_told_before_it_is_done(attempts, steps, course, outcome) -> None:
    words = {name: Why(word) if name in ("waits", "ended") else word for name, word in course.items()}
    standings = [StepStanding(step) for step in steps]
    for order in permutations(standings):
        assert message_outcome(attempts, order, Course(planned=True, **words)) is MessageOutcome(outcome)


def test_a_message_without_a_plan_that_waits_for_its_time_is_scheduled() -> None:
    waits = Mark(kind=Decided.WAITED, at=AT, why=Why.SCHEDULED, step=1)
    sent = Mark(kind=Decided.SENT, at=AT, why=Why.REQUESTED, step=1)
    assert message_outcome([], [], course_of([waits], planned=False)) is MessageOutcome.SCHEDULED
    gone_out = course_of([waits, sent], planned=False)
    assert (gone_out.waits, gone_out.sent) == (None, True)
    assert message_outcome([], [StepStanding.REFUSED], gone_out) is MessageOutcome.REFUSED


def test_a_course_waits_until_what_it_waits_for_is_sent_or_nothing_will_be() -> None:
    back_off = Mark(kind=Decided.WAITED, at=AT, why=Why.BACK_OFF, step=1, tries=1)
    told = [Mark(kind=Decided.SENT, at=AT, why=Why.REQUESTED, step=1), back_off]
    assert course_of(told, planned=True) == Course(planned=True, sent=True, waits=Why.BACK_OFF)
    told.append(Mark(kind=Decided.SENT, at=AT, why=Why.BACK_OFF, step=1, tries=1))
    assert course_of(told, planned=True).waits is None
    ends = [Mark(kind=Decided.ENDED, at=AT, why=why, step=1) for why in (Why.EXHAUSTED, Why.SUCCEEDED)]
    assert course_of([*told, *ends], planned=True).ended is Why.SUCCEEDED
    assert course_of([back_off, ends[0]], planned=True).waits is None


def test_every_single_attempt_has_an_outcome() -> None:
    for stage in Stage:
        for final in {stage in CONCLUSIVE, True}:
            assert message_outcome([Stands(stage, final)]) in MessageOutcome
