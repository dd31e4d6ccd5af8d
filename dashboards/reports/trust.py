"""What a provider's trust score is made of.

It says how far one may rely on what a provider tells, not how well it delivers. Each part is a share of good ones in
all that can be judged; it earns all of its weight where all are good, nothing at `none_at` or below, and in proportion
in between. The score is what all parts earn in 100 of what those of them might that have anything to be judged by.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class TrustPart(StrEnum):
    RECEIPTS = "receipts"
    """Of what was handed over an hour ago and not refused at once, that of which something conclusive was heard."""
    STEADY_ENDS = "steady_ends"
    """Of what has an end, that which was never told to have another: no failure after a success, nor the reverse."""
    HOURS_HEARD = "hours_heard"
    """Of the hours in which it was handed enough to tell, those of which it told anything: it was not silent."""
    OWN_TIMES = "own_times"
    """Of what was delivered, that whose time is by the provider's own clock."""
    KNOWN_CODES = "known_codes"
    """Of what was handed over, that of which its codes were not unknown to us."""
    EXPLAINED_FAILURES = "explained_failures"
    """Of what failed, that of which it said why."""


class Judged(Struct, frozen=True, kw_only=True):
    weight: float
    none_at: float


JUDGED: Final = {
    TrustPart.RECEIPTS: Judged(weight=35, none_at=0.5),
    TrustPart.STEADY_ENDS: Judged(weight=20, none_at=0.9),
    TrustPart.HOURS_HEARD: Judged(weight=15, none_at=0.5),
    TrustPart.OWN_TIMES: Judged(weight=10, none_at=0.0),
    TrustPart.KNOWN_CODES: Judged(weight=10, none_at=0.9),
    TrustPart.EXPLAINED_FAILURES: Judged(weight=10, none_at=0.0),
}
FEWEST_AN_HOUR: Final = 5
"""Receipts awaited of an hour, for it to be told whether the provider was silent."""
FEWEST_RECEIPTS: Final = 100
"""Awaited in all: with fewer a score says little."""

ASKED: Final = {
    "parts": [str(part) for part in JUDGED],
    "weights": [judged.weight for judged in JUDGED.values()],
    "none_at": [judged.none_at for judged in JUDGED.values()],
    "fewest_an_hour": FEWEST_AN_HOUR,
    "fewest_receipts": FEWEST_RECEIPTS,
}
"""The parameters of its question."""
