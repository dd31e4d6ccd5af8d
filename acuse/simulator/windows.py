"""Who wrote when: what a person writes opens a conversation window, which closes 24 hours later."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from acuse.simulator.shelf import Shelf
from acuse.simulator.whatsapp import is_open

KEPT: Final = 4
"""Times of one person: the latest is what counts, unless it is yet to come."""

WroteBefore: TypeAlias = Callable[[str, str], float | None]
"""By provider and contact, how many seconds before the start somebody wrote, not compressed."""


class Windows:
    """``wrote_before`` says of whom the world has it that they wrote before the simulators were started."""

    def __init__(self, started_at: datetime, wrote_before: WroteBefore) -> None:
        self._started_at = started_at
        self._wrote_before = wrote_before
        self._wrote: Shelf[deque[datetime]] = Shelf()

    def note(self, provider: str, contact: str, at: datetime) -> None:
        """The person wrote, to nothing in particular."""
        name = f"{provider}/{contact}"
        times = self._wrote.get(name) or deque(maxlen=KEPT)
        times.append(at)
        self._wrote.put(name, times)

    def is_open(
        self, provider: str, contact: str, answered: Iterable[datetime], now: datetime, *, speed: float
    ) -> bool:
        """Whether the person wrote within the last 24 hours, which pass faster by the world's speed.

        ``answered`` are the times of answers to messages, here.
        """
        times = [*answered, *(self._wrote.get(f"{provider}/{contact}") or ())]
        before = self._wrote_before(provider, contact)
        if before is not None:
            times.append(self._started_at - timedelta(seconds=before / speed))
        return is_open(times, now, speed)
