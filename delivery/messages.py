"""What became of a message, as far as its attempts tell."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from delivery.stages import FAILURES, Stage


class MessageOutcome(StrEnum):
    ACCEPTED = "accepted"
    """We have it, and nothing was tried yet."""
    SCHEDULED = "scheduled"
    """All that is under way is held until a time that was asked for."""
    IN_FLIGHT = "in_flight"
    """At least one attempt is under way."""
    DELIVERED = "delivered"
    """At least one handset has it."""
    SEEN = "seen"
    """The person opened it, on one channel at least."""
    FAILED = "failed"
    """Every attempt ended badly, and one of them was tried."""
    CANCELLED = "cancelled"
    """Every attempt was withdrawn before it went out."""
    UNKNOWN = "unknown"
    """Nothing is under way, and of one attempt at least nobody said how it ended."""


class Standing(Protocol):
    """What is asked of an attempt: ``Attempt`` has it."""

    @property
    def stage(self) -> Stage: ...
    @property
    def final(self) -> bool: ...


def message_outcome(attempts: Iterable[Standing]) -> MessageOutcome:
    """One word for all attempts at a message: the best that happened, else what may still, else how it ended.

    A success on any channel counts, whatever became of the others, and however late it came.
    """
    known = list(attempts)
    stages = {attempt.stage for attempt in known}
    under_way = {attempt.stage for attempt in known if not attempt.final}
    if not known:
        return MessageOutcome.ACCEPTED
    for success in (Stage.SEEN, Stage.DELIVERED):
        if success in stages:
            return MessageOutcome(success.value)
    if under_way:
        return MessageOutcome.SCHEDULED if under_way == {Stage.SCHEDULED} else MessageOutcome.IN_FLIGHT
    if stages == {Stage.CANCELLED}:
        return MessageOutcome.CANCELLED
    return MessageOutcome.FAILED if stages <= FAILURES else MessageOutcome.UNKNOWN
