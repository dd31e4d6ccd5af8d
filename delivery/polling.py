"""When an attempt of which nothing final was heard is asked after: a schedule of moments, so that nothing need be kept.

The schedule begins when the attempt does. Which round a moment belongs to follows from the time alone, so a worker that
takes over goes on where the one before it was.
"""

from datetime import datetime, timedelta
from typing import Final

FIRST: Final = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
THEREAFTER: Final = timedelta(hours=6)


def due_at(begun_at: datetime, number: int) -> datetime:
    """When round ``number`` is due; rounds count from 1."""
    if number <= len(FIRST):
        return begun_at + FIRST[number - 1]
    return begun_at + FIRST[-1] + (number - len(FIRST)) * THEREAFTER


def next_round(begun_at: datetime, after: datetime, *, window: timedelta) -> int | None:
    """The first round that is due later than ``after``; None where the receipt ``window`` closes before it."""
    number = 1
    while number <= len(FIRST) and due_at(begun_at, number) <= after:
        number += 1
    if number > len(FIRST):
        beyond = after - (begun_at + FIRST[-1])
        number = len(FIRST) + max(1, beyond // THEREAFTER + 1)
    return number if due_at(begun_at, number) < begun_at + window else None
