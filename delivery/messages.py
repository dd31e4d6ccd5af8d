"""What became of a message: as far as its attempts tell, and its steps and decisions where we were asked to send it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol

from delivery.courses import UNDECIDED, Course
from delivery.decisions import Why
from delivery.stages import FAILURES, Stage
from delivery.steps import StepStanding


class MessageOutcome(StrEnum):
    ACCEPTED = "accepted"
    """We were asked to send it, and nothing was tried yet."""
    SCHEDULED = "scheduled"
    """It is held until a time that was asked for, or until the person may be disturbed, and nothing was tried yet."""
    IN_FLIGHT = "in_flight"
    """At least one attempt is under way, or another one follows those that were tried."""
    DELIVERED = "delivered"
    """At least one handset has it."""
    SEEN = "seen"
    """The person opened it, on one channel at least."""
    IN_DOUBT = "in_doubt"
    """Nobody can tell whether a provider took it, and nothing else is under way."""
    REFUSED = "refused"
    """No provider would try it, or its plan allows for none."""
    FAILED = "failed"
    """Every attempt ended badly, and one of them was tried."""
    CANCELLED = "cancelled"
    """Every attempt was withdrawn before it went out."""
    UNKNOWN = "unknown"
    """Nothing is under way, and of one attempt at least nobody said how it ended."""


UNTRIED: Final = frozenset({Stage.REJECTED, Stage.CANCELLED})


class Standing(Protocol):
    """What is asked of an attempt: ``Attempt`` has it."""

    @property
    def stage(self) -> Stage: ...
    @property
    def final(self) -> bool: ...


def message_outcome(
    attempts: Iterable[Standing], steps: Iterable[StepStanding] = (), course: Course = UNDECIDED
) -> MessageOutcome:
    """One word for all attempts at a message: the best that happened, else what may still, else how it ended.

    A success on any channel counts, whatever became of the others, and however late it came. ``steps`` is how the steps
    stand of what we were asked to send, ``course`` what was decided about it.
    """
    stages, under_way = set(), False
    for attempt in attempts:
        stages.add(attempt.stage)
        under_way = under_way or not attempt.final
    for success in (Stage.SEEN, Stage.DELIVERED):
        if success in stages:
            return MessageOutcome(success.value)
    if under_way:
        return MessageOutcome.SCHEDULED if stages == {Stage.SCHEDULED} else MessageOutcome.IN_FLIGHT
    return _without_any_under_way(stages, set(steps), course)


def _without_any_under_way(stages: set[Stage], standings: set[StepStanding], course: Course) -> MessageOutcome:
    if StepStanding.WAITING in standings:
        tried = stages or standings != {StepStanding.WAITING}
        return MessageOutcome.IN_FLIGHT if tried else MessageOutcome.ACCEPTED
    if StepStanding.IN_DOUBT in standings:
        return MessageOutcome.IN_DOUBT
    if course.ended is None and (course.planned or course.waits):
        if stages or standings or course.sent:
            return MessageOutcome.IN_FLIGHT
        return MessageOutcome.SCHEDULED if course.waits else MessageOutcome.ACCEPTED
    return _ended(stages) if stages else _not_heard_of(standings, course)


def _ended(stages: set[Stage]) -> MessageOutcome:
    if stages == {Stage.CANCELLED}:
        return MessageOutcome.CANCELLED
    if stages <= UNTRIED:
        return MessageOutcome.REFUSED
    return MessageOutcome.FAILED if stages <= FAILURES else MessageOutcome.UNKNOWN


def _not_heard_of(standings: set[StepStanding], course: Course) -> MessageOutcome:
    """Without any attempt yet: what a provider took shows itself a moment later."""
    if StepStanding.TAKEN in standings or course.ended is Why.SUCCEEDED:
        return MessageOutcome.IN_FLIGHT
    if course.ended is Why.CANCELLED and not course.sent:
        return MessageOutcome.CANCELLED
    refused = StepStanding.REFUSED in standings or course.ended is not None
    return MessageOutcome.REFUSED if refused else MessageOutcome.ACCEPTED
