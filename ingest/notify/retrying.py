"""When a notice that was not taken is tried again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SCHEDULE: Final = (5.0, 300.0, 1800.0)
"""The beginning of the one that Standard Webhooks gives as its example; the rest of it takes days."""
JITTER: Final = 0.1
SHORTEST_SECONDS: Final = 0.05
"""With less left, a try is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """`schedule` are the waits between tries, in seconds; none begins later than `give_up_seconds` after the first."""

    schedule: Sequence[float] = SCHEDULE
    give_up_seconds: float = 2400.0

    def wait_seconds(self, tried: int, elapsed: float, asked: float | None, chance: float) -> float | None:
        """How long to wait after so many tries, None where that was the last one.

        `asked` is what the receiver wishes for: it counts for more, but not beyond the end. `chance`, from 0 to 1,
        lengthens the wait a little, so that what failed together does not come again together.
        """
        left = self.give_up_seconds - elapsed
        if tried > len(self.schedule) or left < SHORTEST_SECONDS:
            return None
        planned = self.schedule[tried - 1] * (1 + JITTER * chance)
        return min(max(planned, asked or 0.0), left)
