"""What became of a message, as far as its attempts tell, and its steps where we were asked to send it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Protocol

from delivery.stages import FAILURES, Stage
from delivery.steps import StepStanding


class MessageOutcome(StrEnum):
    ACCEPTED = "accepted"
    """We were asked to send it, and nothing was tried yet."""
    SCHEDULED = "scheduled"
    """All that is under way is held until a time that was asked for."""
    IN_FLIGHT = "in_flight"
    """At least one attempt is under way."""
    DELIVERED = "delivered"
    """At least one handset has it."""
    SEEN = "seen"
    """The person opened it, on one channel at least."""
    IN_DOUBT = "in_doubt"
    """Nobody can tell whether a provider took it, and nothing else is under way."""
    REFUSED = "refused"
    """No provider would try it."""
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


def message_outcome(attempts: Iterable[Standing], steps: Iterable[StepStanding] = ()) -> MessageOutcome:
    """One word for all attempts at a message: the best that happened, else what may still, else how it ended.

    A success on any channel counts, whatever became of the others, and however late it came. ``steps`` is how the steps
    stand of what we were asked to send.
    """
    known = list(attempts)
    stages = {attempt.stage for attempt in known}
    under_way = {attempt.stage for attempt in known if not attempt.final}
    for success in (Stage.SEEN, Stage.DELIVERED):
        if success in stages:
            return MessageOutcome(success.value)
    if under_way:
        return MessageOutcome.SCHEDULED if under_way == {Stage.SCHEDULED} else MessageOutcome.IN_FLIGHT
    standings = set(steps)
    if StepStanding.WAITING in standings:
        return MessageOutcome.IN_FLIGHT if known else MessageOutcome.ACCEPTED
    if StepStanding.IN_DOUBT in standings:
        return MessageOutcome.IN_DOUBT
    return _ended(stages) if known else _not_heard_of(standings)


def _ended(stages: set[Stage]) -> MessageOutcome:
    if stages == {Stage.CANCELLED}:
        return MessageOutcome.CANCELLED
    if stages <= UNTRIED:
        return MessageOutcome.REFUSED
    return MessageOutcome.FAILED if stages <= FAILURES else MessageOutcome.UNKNOWN


def _not_heard_of(standings: set[StepStanding]) -> MessageOutcome:
    """Without any attempt yet: what a provider took shows itself a moment later."""
    if StepStanding.TAKEN in standings:
        return MessageOutcome.IN_FLIGHT
    return MessageOutcome.REFUSED if StepStanding.REFUSED in standings else MessageOutcome.ACCEPTED
