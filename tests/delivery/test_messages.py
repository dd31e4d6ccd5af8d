"""The one word for what became of a message."""

from dataclasses import dataclass
from itertools import permutations

import pytest

from delivery.messages import MessageOutcome, message_outcome
from delivery.stages import CONCLUSIVE, Stage
from delivery.steps import StepStanding


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
        ([], ["refused", "waiting"], "accepted"),
        ([], ["refused", "taken"], "in_flight"),
        ([], ["in_doubt", "refused"], "in_doubt"),
        ([], ["in_doubt", "waiting"], "accepted"),
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


def test_every_single_attempt_has_an_outcome() -> None:
    for stage in Stage:
        for final in {stage in CONCLUSIVE, True}:
            assert message_outcome([Stands(stage, final)]) in MessageOutcome
