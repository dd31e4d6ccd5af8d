"""How long a wait goes on."""

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Patience:
    """Lasts while the figure that it is shown still changes, and ``seconds`` longer."""

    seconds: float
    _last: int = -1
    _until: float = 0.0

    def lasts(self, figure: int) -> bool:
        now = time.monotonic()
        if figure != self._last:
            self._last = figure
            self._until = now + self.seconds
        return now < self._until
