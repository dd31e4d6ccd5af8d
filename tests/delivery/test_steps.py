"""How a step stands after any calls, as the dispatcher's own ledger has it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.calls import InDoubt, Result
from delivery.decisions import send_id
from delivery.phases import Phase
from delivery.steps import StepStanding, standing_of, steps_of
from ingest.dispatch.ledger import Entry
from tests.sinks.sending_story import BEGAN, SendingStory

STORY = SendingStory(message_id="m")
STANDINGS = {
    Phase.FREE: {StepStanding.WAITING},
    Phase.CLAIMED: {StepStanding.WAITING},
    Phase.DOUBT: {StepStanding.IN_DOUBT},
    Phase.ABANDONED: {StepStanding.IN_DOUBT},
    Phase.DONE: {StepStanding.TAKEN, StepStanding.REFUSED},
}


@st.composite
def calls(draw, most=8):
    """Whatever dispatchers that do not know of each other may write about one decision, in the topic's order."""
    told = []
    for second in range(draw(st.integers(0, most))):
        claim = draw(st.sampled_from(["", "c1", "c2"]))
        kind = draw(st.sampled_from(["calling", "doubt", *(Result.RELEASED,) * 3, *Result]))
        if kind == "calling":
            told.append(STORY.calling(second, claim))
        elif kind == "doubt":
            told.append(STORY.doubt(second, claim, why=f"doubt {second}"))
        else:
            told.append(STORY.called(second, kind, claim))
    return told


@settings(max_examples=1_000)
@given(calls())
def test_a_step_stands_as_the_dispatcher_has_it(told) -> None:
    standing, doubt = standing_of(told)
    if not told:
        assert standing is StepStanding.WAITING
        return
    entry = Entry(told[0], 0)
    for call in told:
        entry.fold(call)
    assert standing in STANDINGS[entry.phase]
    assert (standing is StepStanding.TAKEN) == (entry.phase is Phase.DONE and entry.result is Result.TAKEN)
    if entry.phase is Phase.DOUBT:
        assert doubt in told


@dataclass(frozen=True)
class Heard:
    provider: str
    opened_at: datetime
    step: int | None = None
    tries: int = 0


@pytest.mark.parametrize(
    ("provider", "second", "standing"),
    [
        ("mensatek", 1.5, "healed"),
        ("mensatek", 1.0, "healed"),
        ("mensatek", 900.0, "healed"),
        ("mensatek", 0.9, "in_doubt"),
        ("messente", 1.5, "in_doubt"),
    ],
)
def test_an_attempt_that_is_heard_of_after_the_first_call_heals(provider, second, standing) -> None:
    told = [STORY.calling(1.0), STORY.doubt(31.0)]
    (step,) = steps_of([], told, [Heard(provider, BEGAN + timedelta(seconds=second))])
    assert step.standing == standing
    assert (step.since, step.why) == (BEGAN + timedelta(seconds=31), "no answer within 30 s")


@pytest.mark.parametrize(
    ("step", "tries", "standings"),
    [
        (1, 0, ["healed", "in_doubt", "in_doubt"]),
        (1, 1, ["in_doubt", "healed", "in_doubt"]),
        (2, 0, ["in_doubt", "in_doubt", "healed"]),
        (3, 0, ["in_doubt", "in_doubt", "in_doubt"]),
        (None, 0, ["healed", "healed", "healed"]),
    ],
)
def test_an_attempt_that_says_which_sending_it_is_heals_that_one_alone(step, tries, standings) -> None:
    """All of them through the same provider, and it was heard of after the last of them had been called."""
    told = [
        call
        for number, tried in ((1, 0), (1, 1), (2, 0))
        for about in ({"decision_id": send_id("m", number, tried), "step": number},)
        for call in (STORY.calling(1.0, **about), STORY.doubt(31.0, **about))
    ]
    heard = Heard("mensatek", BEGAN + timedelta(seconds=60), step, tries)
    assert [each.standing.value for each in steps_of([], told, [heard])] == standings


def test_what_is_abandoned_stays_in_doubt_and_is_never_free_again() -> None:
    told = [STORY.calling(1.0, "c1"), STORY.doubt(31.0, "c1"), STORY.called(32.0, Result.ABANDONED, "c1")]
    late = [STORY.called(33.0, Result.RELEASED, "c1"), STORY.calling(34.0, "c2"), STORY.doubt(35.0, "c1")]
    assert standing_of(told) == standing_of(told + late) == (StepStanding.IN_DOUBT, told[1])
    for result, standing in ((Result.TAKEN, StepStanding.TAKEN), (Result.NOT_TAKEN, StepStanding.REFUSED)):
        assert standing_of([*told, *late, STORY.called(36.0, result, "")]) == (standing, told[1])


def test_nothing_is_abandoned_under_which_another_one_may_be_calling() -> None:
    told = [STORY.calling(1.0, "c1"), STORY.doubt(2.0, "c1"), STORY.called(3.0, Result.RELEASED, "c1")]
    again = [*told, STORY.calling(4.0, "c2"), STORY.called(5.0, Result.ABANDONED, "c1")]
    assert standing_of(again)[0] is StepStanding.WAITING


@dataclass(frozen=True)
class Decided:
    decision_id: str
    step: int
    provider: str


def test_each_try_is_a_step_of_its_own_and_what_is_no_sending_is_none() -> None:
    asked = [Decided("m/1", 1, "mensatek"), Decided("m/1/1", 1, "mensatek"), Decided("m/2", 2, "messente")]
    told = [
        STORY.calling(1.0),
        STORY.doubt(2.0),
        STORY.called(3.0, Result.NOT_TAKEN, claim="a person"),
        STORY.called(3.0, Result.NOT_TAKEN, step=None, decision_id="settle/m/1"),
        STORY.called(4.0, Result.TAKEN, decision_id="m/1/1"),
        STORY.calling(5.0, decision_id="m/3", step=3, provider="altiria"),
    ]
    steps = steps_of(asked, told, [])
    assert [(step.decision_id, step.step, step.provider, step.standing.value) for step in steps] == [
        ("m/1", 1, "mensatek", "refused"),
        ("m/1/1", 1, "mensatek", "taken"),
        ("m/2", 2, "messente", "waiting"),
        ("m/3", 3, "altiria", "waiting"),
    ]
    assert [step.tries for step in steps] == [0, 1, 0, 0]
    assert isinstance(told[1], InDoubt)
    assert steps[0].since == told[1].at
