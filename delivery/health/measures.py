"""What of a lane is measured over its window, and what of it is usual."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from delivery.events import Moment

NOTHING_YET: Final = 1e-9


class Measure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A window's attempts, counted.

    ``judged`` are those of which one can tell by now: the handset has it, it failed, or the time is over after which it
    is slow; ``slow`` and ``failed`` are parts of them, and none is both. ``delivered`` arrived.
    ``handed`` are those that we handed over lately, long enough ago for something to be heard, ``heard`` those of them
    of which anything was. ``median_seconds`` and ``p95_seconds`` are of those that arrived and are timed.
    ``one_in``: of so many attempts one was looked at.
    """

    judged: int = 0
    slow: int = 0
    failed: int = 0
    delivered: int = 0
    handed: int = 0
    heard: int = 0
    median_seconds: float | None = None
    p95_seconds: float | None = None
    last_heard_at: Moment | None = None
    one_in: int = 1

    @property
    def ill(self) -> int:
        return self.slow + self.failed

    def share_of(self, count: int) -> float:
        """0 where nothing was judged."""
        return count / self.judged if self.judged else 0.0


class Usual(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of attempts before, each forgotten by and by: ``weight`` is how many that amounts to.

    ``heard`` were heard of at all, ``concluded`` had an end within the window.
    ``learnt_until``: of what was handed over until then.
    """

    weight: float = 0.0
    slow: float = 0.0
    failed: float = 0.0
    heard: float = 0.0
    concluded: float = 0.0
    learnt_until: Moment | None = None

    def share_of(self, count: float) -> float:
        return count / self.weight if self.weight > NOTHING_YET else 0.0

    def learnt(self, news: "Usual", half_life: timedelta) -> "Usual":
        """What is usual once ``news`` are learnt too. They must be of later hand-overs."""
        faded = _left(self.learnt_until, news.learnt_until, half_life)
        return Usual(
            weight=self.weight * faded + news.weight,
            slow=self.slow * faded + news.slow,
            failed=self.failed * faded + news.failed,
            heard=self.heard * faded + news.heard,
            concluded=self.concluded * faded + news.concluded,
            learnt_until=news.learnt_until,
        )


def _left(then: datetime | None, now: datetime | None, half_life: timedelta) -> float:
    if then is None or now is None:
        return 1.0
    return float(0.5 ** (max(now - then, timedelta()) / half_life))
