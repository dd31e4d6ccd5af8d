"""Holds what was read back against what the providers say themselves that they took and told."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from acuse.demo.ledger import Taken, standing_of
from acuse.demo.readback import Found
from acuse.demo.sendings import HELD_BACK
from acuse.demo.wanted import Wanted
from dashboards.answers import DoubtAnswer, MessageSummary
from dashboards.reports.answers import FailoverReport
from delivery.channels import Channel
from delivery.stages import Stage

RESERVE: Final = Channel.SMS
"""On which Messente itself goes on where Viber fails. It names that attempt at once, and where Viber does not fail it
is never made.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was compared, and both sides of it, as shown."""

    title: str
    truth: str
    stored: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """``accepted``: what Acuse was to send, the application's references by message id. ``reported``: the message ids
    of what the application sent by itself, by attempt key. ``taken`` is the providers' ledger, ``found`` every attempt
    that was read back, by key. ``doubts`` are the steps of which nobody can tell whether a provider took them.
    ``planned`` are the messages that go by a plan, by their ids, ``failovers`` what was read back of each of them, and
    ``report`` what was read back of all.
    """

    accepted: Mapping[str, str]
    reported: Mapping[str, str]
    taken: Sequence[Taken]
    found: Mapping[str, Found]
    doubts: Sequence[DoubtAnswer] = ()
    planned: Mapping[str, Wanted] = field(default_factory=dict)
    failovers: Mapping[str, MessageSummary] = field(default_factory=dict)
    report: FailoverReport | None = None

    @property
    def in_doubt(self) -> frozenset[str]:
        """The messages of which that is so."""
        return frozenset(doubt.message_id for doubt in self.doubts)

    @property
    def ours(self) -> Iterator[Found]:
        """The attempts of this burst's messages."""
        ids = {*self.accepted, *self.reported.values()}
        return (found for found in self.found.values() if found.message_id in ids)

    @property
    def tried(self) -> Iterator[Found]:
        """Those without what a provider only holds in reserve."""
        known = {taken.key for taken in self.taken}
        return (found for found in self.ours if found.key in known or not _is_in_reserve(found))


def check_burst(burst: Burst) -> list[Check]:
    """Is every message there, was it taken once, and does it stand as was told of it?"""
    ours = list(burst.ours)
    concerning = [taken for taken in burst.taken if not taken.reported_by_nobody(burst.reported)]
    unclear = {burst.accepted[message_id] for message_id in burst.in_doubt if message_id in burst.accepted}
    sent = [taken for taken in concerning if not taken.refused and taken.wanted_as not in unclear]
    kept = {taken.key: taken for taken in sent if not taken.unheard_of}
    known = {taken.key for taken in burst.taken if not taken.refused}
    unknown = [found for found in ours if found.key not in known]
    rejected = [found for found in unknown if found.attempt.stage is Stage.REJECTED]
    turned_away = {(taken.wanted_as, taken.provider, taken.channel) for taken in concerning if taken.refused}
    held_back = [found for found in rejected if _is_held_back(found, burst.accepted.get(found.message_id), turned_away)]
    in_reserve = [found for found in unknown if _is_in_reserve(found)]
    ended = [taken for taken in kept.values() if taken.told_end]
    return [
        equal("messages accepted", len(burst.accepted), _accounted_for(burst, ours)),
        equal("sent by the application", len(burst.reported), sum(map(burst.found.__contains__, burst.reported))),
        equal("taken by a provider", _heard_of(sent), sum(_is_ours(burst, key) for key in kept)),
        equal("refused by a provider", _refused(concerning, unclear), len(rejected) - len(held_back)),
        equal("no provider knows of them", 0, len(unknown) - len(rejected) - len(in_reserve)),
        equal("sent twice", 0, max(_taken_twice(sent), _known_twice(ours))),
        *_ends(burst.found, ended),
        equal("standing as was told", len(kept), sum(_stands(burst, taken) for taken in kept.values())),
    ]


def asked_after(burst: Burst) -> tuple[int, int]:
    """Of how many the callback that told the end was lost, and of how many it is known all the same."""
    lost = [taken.key for taken in burst.taken if taken.end_lost]
    return len(lost), sum(key in burst.found and burst.found[key].attempt.final for key in lost)


def equal(title: str, truth: int, stored: int) -> Check:
    return Check(title, f"{truth:,}", f"{stored:,}", truth == stored)


def _is_ours(burst: Burst, key: str) -> bool:
    """Whether the attempt is there, and belongs to the message that it should."""
    found = burst.found.get(key)
    if found is None:
        return False
    return found.message_id == burst.reported[key] if key in burst.reported else found.message_id in burst.accepted


def _stands(burst: Burst, taken: Taken) -> bool:
    found = burst.found.get(taken.key)
    return found is not None and taken.may_stand(standing_of(found.attempt.stage))


def _ends(found: Mapping[str, Found], ended: Sequence[Taken]) -> Iterator[Check]:
    """By how they ended: those of which a callback told so, and which of them ended so by what is known here."""
    told = Counter(taken.told_end or "" for taken in ended)
    stored: Counter[str] = Counter()
    for taken in ended:
        here = found.get(taken.key)
        if here and here.attempt.final and taken.may_stand(standing_of(here.attempt.stage)):
            stored[taken.told_end or ""] += 1
    return (equal(f"… told to be {end}", told[end], stored[end]) for end in sorted(told))


def _is_in_reserve(found: Found) -> bool:
    return not found.attempt.final and found.attempt.channel is RESERVE


def _is_held_back(
    found: Found, reference: str | None, turned_away: AbstractSet[tuple[str | None, str, Channel]]
) -> bool:
    """Whether Acuse did not ask the provider at all, which then has refused nothing of the message."""
    attempt = found.attempt
    return attempt.reason in HELD_BACK and (reference, attempt.provider, attempt.channel) not in turned_away


def _heard_of(sent: Sequence[Taken]) -> int:
    return sum(not taken.unheard_of for taken in sent)


def _accounted_for(burst: Burst, ours: Sequence[Found]) -> int:
    """Messages that were tried, or are known to be in doubt."""
    return len(burst.accepted.keys() & ({found.message_id for found in ours} | burst.in_doubt))


def _refused(concerning: Sequence[Taken], unclear: AbstractSet[str]) -> int:
    """Those that a provider refused, each once: it may have been asked again where its answer was lost."""
    refused = [taken for taken in concerning if taken.refused and taken.wanted_as not in unclear]
    return len({_named(taken) for taken in refused})


def _known_twice(ours: Sequence[Found]) -> int:
    """A provider's own failover makes a second attempt, on another channel."""
    times = Counter((each.message_id, each.attempt.channel, each.attempt.step, each.attempt.tries) for each in ours)
    return sum(count - 1 for count in times.values())


def _taken_twice(sent: Sequence[Taken]) -> int:
    """By the providers' own ledger: of what they were asked to send, what they were asked for before."""
    times = Counter(_named(taken) for taken in sent if not taken.leg)
    return sum(count - 1 for count in times.values())


def _named(taken: Taken) -> tuple[str, ...]:
    """What is one request to send: by our reference, and where the provider carries none, by what it says."""
    said = taken.reference or taken.text
    return taken.provider, taken.channel.value, taken.recipient, taken.wanted_as or "", said
