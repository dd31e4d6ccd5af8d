"""What providers made of sendings, as a bounded sample of the record that does not depend on its order.

Of each provider, channel and country the sendings stay whose names have the lowest digests: the same ones however often
and in whatever order the record is read.
"""

import hashlib
from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct, field

from delivery.backtest.courses import Course, leg_of
from delivery.briefs import AttemptBrief, SeenAttempt
from delivery.channels import Channel
from delivery.decisions import step_reference
from delivery.orders import Order
from delivery.plans import Choice
from delivery.stages import FAILURES, SUCCESSES, Stage

KEPT: Final = 1_000
"""Sendings of one provider, channel and country: a share is then known to three points or so."""
ENOUGH_OF_A_COUNTRY: Final = 30
"""With fewer than these, the other countries' sendings are drawn from too."""
WITHDRAWALS_KEPT: Final = 20_000


class Drawn(StrEnum):
    """Where the fate of a sending comes from."""

    RECORDED = "recorded"
    """It was sent just so, and this is what became of it."""
    SAME_COUNTRY = "same_country"
    """Another sending by the same provider and channel to the same country."""
    ANY_COUNTRY = "any_country"
    """The same, to any country: there were too few to that one."""
    NO_EVIDENCE = "no_evidence"
    """There were none. Nothing is heard of it."""


class Chance(NamedTuple):
    """All that a draw depends on: the same seed and names, the same draw."""

    seed: int
    name: str

    def below(self, bound: int) -> int:
        return int.from_bytes(_digest(f"{self.seed}/{self.name}")) % bound

    def happens(self, share: float) -> bool:
        return int.from_bytes(_digest(f"{self.seed}/{self.name}/share")) < share * 2**64


class _Group(Struct):
    """The attempts that one sending led to, by their keys, each in all versions; ``reference`` is our name for it."""

    reference: str
    attempts: dict[str, list[AttemptBrief]] = field(default_factory=dict)


_Kind: TypeAlias = tuple[str, Channel, str | None]
_Channels: TypeAlias = frozenset[Channel]


class _Sample:
    """The groups of lowest digest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._digests: list[bytes] = []
        self.groups: dict[bytes, _Group] = {}

    def take(self, seen: SeenAttempt, brief: AttemptBrief) -> None:
        digest = _digest(_sending(seen))
        group = self.groups.get(digest)
        if group is None:
            if len(self._digests) >= self._most:
                if digest > self._digests[-1]:
                    return
                del self.groups[self._digests.pop()]
            insort(self._digests, digest)
            group = self.groups[digest] = _Group(step_reference(seen.message_id, seen.step or 1, seen.tries))
        versions = group.attempts.setdefault(brief.key, [])
        if all(known.version != brief.version for known in versions):
            versions.append(brief)


class Evidence:
    """Filled by ``add_withdrawal`` and then by ``add``; asked once ``settle`` has been called."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._samples: dict[_Kind, _Sample] = {}
        self._withdrawn: dict[str, bool] = {}
        self._by_country: dict[tuple[str, _Channels, str | None], list[Course]] = {}
        self._by_channels: dict[tuple[str, _Channels], list[Course]] = {}
        self._honoured: dict[tuple[str, Channel], tuple[int, int]] = {}

    def add_withdrawal(self, key: str) -> None:
        """An attempt was to be withdrawn."""
        if len(self._withdrawn) < WITHDRAWALS_KEPT:
            self._withdrawn[key] = False

    def add(self, seen: SeenAttempt) -> None:
        """One version of an attempt. Of those that nobody says he sent it is not known when they were."""
        if not seen.ours:
            return
        brief = seen.brief()
        if brief.final and brief.key in self._withdrawn and not self._withdrawn[brief.key]:
            self._withdrawn[brief.key] = True
            asked, honoured = self._honoured.get((brief.provider, brief.channel), (0, 0))
            counted = (asked + 1, honoured + (brief.stage is Stage.CANCELLED))
            self._honoured[brief.provider, brief.channel] = counted
        kind = (brief.provider, brief.channel, seen.country)
        sample = self._samples.get(kind)
        if sample is None:
            sample = self._samples[kind] = _Sample(self._most)
        sample.take(seen, brief)

    def settle(self, known_by: datetime, horizon: timedelta) -> None:
        """No more is added. What was sent within the ``horizon`` before ``known_by`` and has not ended tells nothing
        yet; what was withdrawn, or never went out, tells nothing at all.
        """
        for country, group in self._groups():
            briefs = [brief for versions in group.attempts.values() for brief in versions]
            opened = min(brief.opened_at for brief in briefs)
            newest = [max(versions, key=lambda brief: brief.version) for versions in group.attempts.values()]
            known = all(brief.final for brief in newest) or opened + horizon <= known_by
            if not known or any(brief.stage is Stage.CANCELLED for brief in newest):
                continue
            course = _course(group, opened)
            if any(leg.too_late for leg in course.legs):
                continue
            provider, channels = briefs[0].provider, frozenset(leg.channel for leg in course.legs)
            self._by_country.setdefault((provider, channels, country), []).append(course)
            self._by_channels.setdefault((provider, channels), []).append(course)
        self._samples.clear()

    def draw(self, choice: Choice, chance: Chance, unconcluded_for: timedelta | None = None) -> tuple[Course, Drawn]:
        """What became of some sending like this one; with ``unconcluded_for``, of one that had not ended by then.

        Of a provider that fails over by itself some tell of all legs from the beginning, and others of the next one
        only when there is one: then those that had only the first are among the sendings on its channel alone.
        """
        alone = frozenset({choice.order.channel})
        whole, drawn = self._like(choice.order, frozenset(choice.legs) or alone)
        if choice.legs and not any(_first_arrived(course, choice.order.channel) for course in whole):
            only, drawn = self._like(choice.order, alone)
            course = _one_of(only, chance, unconcluded_for)
            if course is not None and not (whole and _failed(course)):
                return course, drawn
        course = _one_of(whole, chance, unconcluded_for)
        return (Course(), Drawn.NO_EVIDENCE) if course is None else (course, drawn)

    def withdraws(self, provider: str, channel: Channel, chance: Chance) -> bool:
        """Whether a withdrawal has effect: as often as those on record had, never where there are none."""
        asked, honoured = self._honoured.get((provider, channel), (0, 0))
        return asked > 0 and chance.happens(honoured / asked)

    def _like(self, order: Order, channels: _Channels) -> tuple[Sequence[Course], Drawn]:
        """The sendings by its provider on these channels, to its country where there are enough."""
        here = self._by_country.get((order.provider, channels, order.country), [])
        anywhere = self._by_channels.get((order.provider, channels), [])
        if not anywhere:
            return anywhere, Drawn.NO_EVIDENCE
        if len(here) >= ENOUGH_OF_A_COUNTRY or len(here) == len(anywhere):
            return here, Drawn.SAME_COUNTRY
        return anywhere, Drawn.ANY_COUNTRY

    def _groups(self) -> Iterable[tuple[str | None, _Group]]:
        """Each once, whole: its attempts on several channels are in several samples."""
        whole: dict[tuple[str, str | None, bytes], _Group] = {}
        for (provider, _, country), sample in self._samples.items():
            for digest, group in sample.groups.items():
                known = whole.setdefault((provider, country, digest), _Group(group.reference))
                known.attempts.update(group.attempts)
        return [(country, whole[provider, country, digest]) for provider, country, digest in sorted(whole, key=str)]


def _first_arrived(course: Course, channel: Channel) -> bool:
    return any(each.stage in SUCCESSES for leg in course.legs if leg.channel is channel for each in leg.heard)


def _failed(course: Course) -> bool:
    return all(leg.heard[-1].stage in FAILURES for leg in course.legs)


def _one_of(courses: Sequence[Course], chance: Chance, unconcluded_for: timedelta | None) -> Course | None:
    lasting = _lasting(courses, unconcluded_for)
    return lasting[chance.below(len(lasting))] if lasting else None


def _lasting(courses: Sequence[Course], unconcluded_for: timedelta | None) -> Sequence[Course]:
    if unconcluded_for is None:
        return courses
    return [
        course
        for course in courses
        if all((ended := leg.concluded_after()) is None or ended > unconcluded_for for leg in course.legs)
    ]


def _course(group: _Group, opened: datetime) -> Course:
    ordered = sorted(group.attempts.values(), key=lambda versions: (versions[0].opened_at, versions[0].key))
    return Course(legs=tuple(leg_of(each, opened, ours=each[0].ref == group.reference) for each in ordered))


def _sending(seen: SeenAttempt) -> str:
    """What the attempts of one sending have in common."""
    if seen.step is not None:
        return f"{seen.message_id}/{seen.step}/{seen.tries}"
    return f"{seen.message_id}/{seen.provider}/{seen.handle or seen.ref}"


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8).digest()
