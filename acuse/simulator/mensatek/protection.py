"""What Mensatek takes for spam, and what it does about it."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=1)
AT_ONCE: Final = timedelta(seconds=1)


class Protection:
    """Strikes by address. ``limit`` of them within a minute block it for ``seconds``."""

    def __init__(self) -> None:
        self._strikes: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._blocked: dict[str, datetime] = {}
        self._asked: dict[tuple[str, str], datetime] = {}

    def blocks(self, address: str, now: datetime) -> bool:
        return now < self._blocked.get(address, now)

    def strike(self, address: str, now: datetime, *, limit: int, seconds: float) -> None:
        strikes = self._strikes[address]
        strikes.append(now)
        while strikes[0] < now - WINDOW:
            strikes.popleft()
        if len(strikes) >= limit:
            self._blocked[address] = now + timedelta(seconds=seconds)
            strikes.clear()

    def repeats(self, address: str, question: str, now: datetime) -> bool:
        """Whether the same was asked a moment ago."""
        before = self._asked.get((address, question))
        if len(self._asked) > 10_000:  # noqa: PLR2004 - a bound, for the memory
            self._asked.clear()
        self._asked[address, question] = now
        return before is not None and now - before < AT_ONCE
