"""Facts: the smallest things that are known of an attempt, each joined by minimum.

Of two facts about the same thing the lesser one stays, whatever order they came in and however often. The order is
total, so that the same set of events always leaves the same facts.
"""

from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import Struct

from delivery.events import Moment, Precision, ProviderTime, Reply, Send, Status, Zone
from delivery.reasons import Reason

FURTHEST_AHEAD: Final = timedelta(minutes=5)
"""A provider's clock that is further ahead of our receipt than this is wrong, mostly by its zone."""


class Fact(Struct, frozen=True, array_like=True):
    """That something happened: when, by whose clock, and in the provider's own code.

    ``at`` is the provider's claim where it can be relied on (``claimed``), else our receipt.
    Kept as an array, so fields are only ever added at the end.
    """

    at: Moment
    received_at: Moment
    event_id: str
    code: str
    reason: Reason | None
    claimed: bool
    timed: bool
    elapsed_seconds: float | None

    def precedes(self, other: "Fact") -> bool:
        """Whether this fact stays when both are known: one with a known time first, then the earlier one."""
        if self.timed is not other.timed:
            return self.timed
        if self.at != other.at:
            return self.at < other.at
        return self.tie_break() < other.tie_break()

    def tie_break(self) -> tuple[datetime, str, str, str, bool, float]:
        elapsed = -1.0 if self.elapsed_seconds is None else self.elapsed_seconds
        return (self.received_at, self.event_id, self.code, self.reason or "", self.claimed, elapsed)


class Claim(Struct, frozen=True, array_like=True):
    """That an attempt belongs to a message of ours; the first one received stays."""

    received_at: Moment
    event_id: str
    message_id: str

    def precedes(self, other: "Claim") -> bool:
        return (self.received_at, self.event_id, self.message_id) < (
            other.received_at,
            other.event_id,
            other.message_id,
        )


class Detail(Struct, frozen=True, array_like=True):
    """Something said about an attempt; a Send (rank 0) knows better than a Status (1) or a Reply (2)."""

    rank: int
    value: str

    def precedes(self, other: "Detail") -> bool:
        return (self.rank, self.value) < (other.rank, other.value)


Joined = TypeVar("Joined", Fact, Claim, Detail)


def lesser(one: Joined | None, other: Joined | None) -> Joined | None:
    """The join of two facts about the same thing, either of which may be missing."""
    if one is None:
        return other
    if other is None:
        return one
    return other if other.precedes(one) else one


def reliable(claim: ProviderTime | None, received_at: datetime) -> bool:
    """Whether times may be computed from what the provider claims."""
    return (
        claim is not None
        and claim.zone is not Zone.ABSENT
        and claim.precision is not Precision.MINUTE
        and claim.at <= received_at + FURTHEST_AHEAD
    )


def fact_of(event: Send | Status | Reply) -> Fact:
    """What one event says happened."""
    claim = event.occurred
    claimed = reliable(claim, event.received_at)
    measured = event if isinstance(event, Status) else None
    return Fact(
        at=claim.at if claim is not None and claimed else event.received_at,
        received_at=event.received_at,
        event_id=event.event_id,
        code=event.code,
        reason=None if isinstance(event, Reply) else event.reason,
        claimed=claimed,
        timed=measured.timed if measured else True,
        elapsed_seconds=measured.elapsed_seconds if measured else None,
    )
