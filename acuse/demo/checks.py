"""Holds what was read back against what must have become of every message."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from acuse.demo.figures import percentiles
from acuse.demo.readback import Found, SinkCounts
from acuse.demo.script import Expected, Timing, World
from dashboards.answers import AttemptAnswer
from delivery.identities import derived_message_id
from delivery.stages import Stage

EXACTNESS: Final = 1e-6
"""Seconds: the finest that any clock in the demo tells."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was compared, and both sides of it, as shown."""

    title: str
    posted: str
    stored: str
    holds: bool


def stands(expected: Expected, found: Found | None) -> bool:
    """Whether the attempt is there and stands as it must, all its receipts taken into account."""
    if found is None:
        return False
    attempt = found.attempt
    ending = expected.ending
    return (
        found.message_id == (expected.message_id or derived_message_id(expected.key))
        and (attempt.channel, attempt.stage, attempt.reason) == (expected.channel, ending.stage, ending.reason)
        and attempt.revised is ending.revised
        and attempt.reference == expected.reference
    )


def timed_as_expected(expected: Expected, found: Found | None, burst_seconds: float) -> bool:
    """Whether its delivery time is the one that it must be; one told by receipts alone lies within the burst."""
    seconds = found.attempt.delivery_seconds if found else None
    if expected.timing is Timing.EXACT:
        return seconds is not None and expected.seconds is not None and abs(seconds - expected.seconds) <= EXACTNESS
    if expected.timing is Timing.NONE:
        return seconds is None
    return seconds is None or 0 <= seconds <= burst_seconds


def check_attempts(world: World, found: Mapping[str, Found], burst_seconds: float) -> list[Check]:
    """Of every attempt of the run: is it there, does it stand as it must, was it timed as it must be."""
    expected = world.expected.values()
    ours = {key: found[key] for key in world.expected if key in found}
    messages = {attempt.message_id or derived_message_id(attempt.key) for attempt in expected}
    stored = {attempt.message_id for attempt in ours.values()}
    return [
        _equal("message ids", len(messages), len(messages & stored)),
        _equal("attempts", len(world.expected), len(ours)),
        *_stages(expected, ours),
        _equal(
            "standing as they must",
            len(world.expected),
            sum(stands(attempt, ours.get(attempt.key)) for attempt in expected),
        ),
        _equal(
            "timed as they must be",
            len(world.expected),
            sum(timed_as_expected(attempt, ours.get(attempt.key), burst_seconds) for attempt in expected),
        ),
        *_percentiles(expected, ours),
    ]


def check_records(world: World, before: SinkCounts, after: SinkCounts, doubtful: int) -> list[Check]:
    """Of the run as a whole: every record, repetitions included, and what could not be read."""
    events = after.events - before.events
    most = world.records + doubtful
    posted = f"{world.records:,}" if most == world.records else f"{world.records:,} to {most:,}"
    return [
        Check("events, with repetitions", posted, f"{events:,}", world.records <= events <= most),
        _equal("unreadable payloads", world.garbage, after.unparsed - before.unparsed),
    ]


def check_details(expected: Sequence[Expected], details: Mapping[str, AttemptAnswer], doubtful: int) -> list[Check]:
    """Of some attempts, event by event: how many, how often each came, and what was noted."""

    def told(title: str, posted: Callable[[Expected], int], stored: Callable[[AttemptAnswer], int]) -> Check:
        return _equal(title, sum(map(posted, expected)), sum(stored(details[attempt.key]) for attempt in expected))

    checks = [
        told(f"events of {len(expected)} attempts", lambda attempt: attempt.events, lambda answer: len(answer.events)),
        told(
            "failures after a success",
            lambda attempt: attempt.ending.contradictions,
            lambda answer: len(answer.contradictions),
        ),
    ]
    if not doubtful:
        checks.append(
            told(
                "and how often they came",
                lambda attempt: attempt.records,
                lambda answer: sum(event.copies for event in answer.events),
            )
        )
    return checks


def worth_a_look(world: World, most: int) -> list[Expected]:
    """The attempts with most repetitions, those at odds with themselves, those answered, and others beside."""

    def oddity(attempt: Expected) -> tuple[bool, int]:
        return (attempt.ending.contradictions > 0 or attempt.replies > 0, attempt.records - attempt.events)

    return sorted(world.expected.values(), key=oddity, reverse=True)[:most]


def _stages(expected: Iterable[Expected], found: Mapping[str, Found]) -> list[Check]:
    posted = Counter(attempt.ending.stage for attempt in expected)
    stored = Counter(each.attempt.stage for each in found.values())
    return [_equal(f"… {stage}", posted[stage], stored[stage]) for stage in Stage if posted[stage] or stored[stage]]


def _percentiles(expected: Iterable[Expected], found: Mapping[str, Found]) -> list[Check]:
    """By provider and channel, where every delivery time is known beforehand."""
    known: dict[str, list[float]] = {}
    by_receipt: set[str] = set()
    for attempt in expected:
        route = f"{attempt.provider} {attempt.channel}"
        if attempt.timing is Timing.BY_RECEIPT:
            by_receipt.add(route)
        elif attempt.seconds is not None:
            known.setdefault(route, []).append(attempt.seconds)
    read: dict[str, list[float]] = {}
    for each in found.values():
        if each.attempt.delivery_seconds is not None:
            route = f"{each.attempt.provider} {each.attempt.channel}"
            read.setdefault(route, []).append(each.attempt.delivery_seconds)
    return [
        _same_percentiles(route, percentiles(known[route]), percentiles(read.get(route, ())))
        for route in sorted(known)
        if route not in by_receipt
    ]


def _same_percentiles(route: str, posted: Sequence[float], stored: Sequence[float]) -> Check:
    holds = all(abs(one - other) <= EXACTNESS for one, other in zip(posted, stored, strict=True))
    return Check(f"{route} p50 p95 p99", _shown(posted), _shown(stored), holds)


def _shown(seconds: Sequence[float]) -> str:
    return " ".join(f"{figure:.5g}" for figure in seconds)


def _equal(title: str, posted: int, stored: int) -> Check:
    return Check(title, f"{posted:,}", f"{stored:,}", posted == stored)
