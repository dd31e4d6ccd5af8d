"""A provider's attempts on one channel that were handed over lately, and what they measure.

Bounded: of more than ``most`` only each second one is kept, then each fourth and so on, told apart by what their refs
hash to, so that an attempt is followed from its beginning to its end or not at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from statistics import quantiles
from sys import intern
from typing import Final, NamedTuple
from zlib import crc32

from msgspec import Struct, field

from delivery.channels import Channel
from delivery.health.measures import Measure, Usual
from delivery.health.rules import SLOW_SECONDS, HealthRules
from delivery.health.sightings import End, Sighting

EVERYWHERE: Final = ""
MEDIAN: Final = 9
P95: Final = 18
"""Of the cuts that ``quantiles`` makes into twenty parts."""


class _Kept(NamedTuple):
    """One attempt; ``begun`` in seconds since 1970."""

    version: int
    country: str
    begun: float
    handed: bool
    heard: bool
    end: End | None
    seconds: float | None


class _Counts(Struct):
    judged: int = 0
    slow: int = 0
    failed: int = 0
    delivered: int = 0
    handed: int = 0
    heard: int = 0
    seconds: list[float] = field(default_factory=list)


class Window:
    """``horizon`` below is the moment up to which is known what became of attempts, in seconds since 1970."""

    def __init__(self, channel: Channel, rules: HealthRules) -> None:
        self._rules = rules
        self._slow_seconds = rules.slow_seconds.get(channel, SLOW_SECONDS[channel])
        self._kept: dict[str, _Kept] = {}
        self._mask = 0
        self._begins = 0.0
        self._heard_at: dict[str, float] = {}
        self.handed_at: dict[str, float] = {}
        """When something was last handed over, by country."""

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, seen: Sighting) -> None:
        """Know of an attempt, or know better of it.

        What is to go out later is known once something is heard of it, and what the window let go of does not return.
        """
        begun, country = seen.begun, intern(seen.country)
        if seen.heard:
            for place in {EVERYWHERE, country}:
                self._heard_at[place] = max(self._heard_at.get(place, 0.0), seen.updated)
        if begun is None or begun > seen.updated or begun < self._begins:
            return
        for place in {EVERYWHERE, country}:
            self.handed_at[place] = max(self.handed_at.get(place, 0.0), begun)
        known = self._kept.get(seen.ref)
        if crc32(seen.ref.encode()) & self._mask or (known and known.version >= seen.version):
            return
        self._kept[seen.ref] = _Kept(seen.version, country, begun, seen.handed, seen.heard, seen.end, seen.seconds)
        if len(self._kept) > self._rules.most_attempts:
            self._mask = self._mask << 1 | 1
            self._kept = {ref: kept for ref, kept in self._kept.items() if not crc32(ref.encode()) & self._mask}

    def forget(self, horizon: float) -> Mapping[str, Usual]:
        """Let go of what was handed over before the window; what that teaches, by country and everywhere."""
        self._begins = max(self._begins, horizon - self._rules.window.total_seconds())
        old = [(ref, kept) for ref, kept in self._kept.items() if kept.begun < self._begins]
        for ref, _ in old:
            del self._kept[ref]
        by_country: dict[str, list[_Kept]] = defaultdict(list)
        for _, kept in old:
            for place in {EVERYWHERE, kept.country}:
                by_country[place].append(kept)
        taught = {country: self._taught(kept) for country, kept in by_country.items()}
        if self._mask and len(self._kept) < self._rules.most_attempts // 4:
            self._mask >>= 1
        return taught

    def measures(self, horizon: float) -> Mapping[str, Measure]:
        """What the window's attempts measure, by country and everywhere."""
        counts: dict[str, _Counts] = defaultdict(_Counts)
        for kept in self._kept.values():
            self._count(counts[EVERYWHERE], kept, horizon)
            if kept.country:
                self._count(counts[kept.country], kept, horizon)
        return {country: self._measure(country, each) for country, each in counts.items()}

    def _count(self, counts: _Counts, kept: _Kept, horizon: float) -> None:
        age = horizon - kept.begun
        overdue = age >= self._slow_seconds
        lately = age <= self._rules.alerts.silence_window.total_seconds()
        if kept.handed and lately and (overdue or kept.heard):
            counts.handed += 1
            counts.heard += kept.heard
        if kept.end is End.EXCUSED or (kept.end is None and not overdue):
            return
        counts.judged += 1
        counts.failed += kept.end is End.FAILED
        counts.slow += self._slow(kept)
        counts.delivered += kept.end is End.ARRIVED
        if kept.end is End.ARRIVED and kept.seconds is not None:
            counts.seconds.append(kept.seconds)

    def _slow(self, kept: _Kept) -> bool:
        """Of one whose time is over, or that has ended."""
        if kept.end is None:
            return True
        return kept.end is End.ARRIVED and kept.seconds is not None and kept.seconds > self._slow_seconds

    def _measure(self, country: str, counts: _Counts) -> Measure:
        seconds = counts.seconds
        cuts = quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 20
        heard_at = self._heard_at.get(country)
        return Measure(
            judged=counts.judged,
            slow=counts.slow,
            failed=counts.failed,
            delivered=counts.delivered,
            handed=counts.handed,
            heard=counts.heard,
            median_seconds=round(cuts[MEDIAN], 3) if cuts else None,
            p95_seconds=round(max(cuts[P95], 0.0), 3) if cuts else None,
            last_heard_at=None if heard_at is None else datetime.fromtimestamp(heard_at, UTC),
            one_in=self._mask + 1,
        )

    def _taught(self, kept: Iterable[_Kept]) -> Usual:
        taken = list(kept)
        judged = [each for each in taken if each.end is not End.EXCUSED]
        each_counts = float(self._mask + 1)
        return Usual(
            weight=each_counts * len(judged),
            slow=each_counts * sum(self._slow(each) for each in judged),
            failed=each_counts * sum(each.end is End.FAILED for each in judged),
            heard=each_counts * sum(each.heard or not each.handed for each in judged),
            concluded=each_counts * sum(each.end is not None for each in judged),
            learnt_until=datetime.fromtimestamp(max(each.begun for each in taken), UTC),
        )
