"""When an attempt of which nothing final was heard is asked after: a schedule of moments, so that nothing need be kept.

The schedule begins when the attempt does. Which round a moment belongs to follows from the time alone, so a worker that
takes over goes on where the one before it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FIRST: Final = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
THEREAFTER: Final = timedelta(hours=6)


@dataclass(frozen=True)
class Schedule:
    """``first`` are the first rounds' distances from the beginning, at least one of them and each greater than the one
    before; the others follow ``thereafter`` apart.
    """

    first: tuple[timedelta, ...] = FIRST
    thereafter: timedelta = THEREAFTER

    def due_at(self, begun_at: datetime, number: int) -> datetime:
        """When round ``number`` is due; rounds count from 1."""
        if number <= len(self.first):
            return begun_at + self.first[number - 1]
        return begun_at + self.first[-1] + (number - len(self.first)) * self.thereafter

    def next_round(self, begun_at: datetime, after: datetime, *, window: timedelta) -> int | None:
        """The first round that is due later than ``after``; None where the receipt ``window`` closes before it."""
        number = 1
        while number <= len(self.first) and self.due_at(begun_at, number) <= after:
            number += 1
        if number > len(self.first):
            beyond = after - (begun_at + self.first[-1])
            number = len(self.first) + max(1, beyond // self.thereafter + 1)
        return number if self.due_at(begun_at, number) < begun_at + window else None


SCHEDULE: Final = Schedule()
