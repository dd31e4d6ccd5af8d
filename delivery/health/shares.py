"""Shares: how many points of a hundred each provider of a group gets, and when they move.

The rule is GOV.UK Notify's, for any number of providers: see ``delivery.health.rules.ShareRules``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, TypeAlias

from delivery.health.rules import ShareRules

WHOLE: Final = 100
Points: TypeAlias = Mapping[str, int]
Illness: TypeAlias = Mapping[str, float | None]
"""By provider, the share (0 to 1) of its attempts that were slow or failed; None where that cannot be told."""


class Moved(NamedTuple):
    shares: dict[str, int]
    why: str


def resting_points(providers: Iterable[str], named: Mapping[str, int]) -> dict[str, int]:
    """Where shares rest: in proportion to what is ``named``; who is not gets as much as those named have on average."""
    members = sorted(providers)
    known = [named[each] for each in members if each in named]
    others = sum(known) / len(known) if sum(known) else 1.0
    return apportioned(WHOLE, {each: float(named.get(each, others)) for each in members})


def joined(shares: Points, resting: Points) -> dict[str, int]:
    """The shares of those that ``resting`` names: who is new gets what he rests at, and the others keep their
    proportions; who is not named leaves.
    """
    stay = {each: float(shares[each]) for each in resting if each in shares}
    if not sum(stay.values()):
        return dict(resting)
    new = {each: points for each, points in resting.items() if each not in shares}
    return {**apportioned(WHOLE - sum(new.values()), stay), **new}


def moved(shares: Points, resting: Points, ill: Illness, idle: timedelta | None, rules: ShareRules) -> Moved | None:
    """The shares after one move, and why; None where nothing moves. ``idle``: since the last change, None for never."""
    if idle is not None and idle < rules.rest:
        return None
    worst_first = sorted(
        (each for each in shares if _at_least(ill.get(each), rules.shift_at)),
        key=lambda each: (-(ill[each] or 0.0), each),
    )
    if worst_first:
        return _relieved(shares, resting, worst_first, ill, rules)
    if idle is not None and idle < rules.drift_after:
        return None
    return _drifted(shares, resting, ill, rules)


def apportioned(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """``total`` points in proportion to ``weights``, whole ones; they add up to it (largest remainders).

    Equally where nobody weighs anything. Where ``total`` is no more than whole weights add up to, nobody gets more than
    he weighs.
    """
    if not weights:
        return {}
    whole = sum(weights.values())
    exact = {each: total * (weight / whole if whole else 1 / len(weights)) for each, weight in weights.items()}
    points = {each: int(share) for each, share in exact.items()}
    by_remainder = sorted(exact, key=lambda each: (points[each] - exact[each], each))
    for each in by_remainder[: total - sum(points.values())]:
        points[each] += 1
    return points


def _relieved(
    shares: Points, resting: Points, worst_first: Sequence[str], ill: Illness, rules: ShareRules
) -> Moved | None:
    """Points from the worst that has any to give, to those that are not ill; nothing where all are."""
    others = {each: float(resting[each]) for each in shares if each not in worst_first}
    if not others:
        return None
    for each in worst_first:
        given = min(rules.points, shares[each] - min(rules.floor, resting[each]))
        if given > 0:
            taken = apportioned(given, others)
            after = {name: points + taken.get(name, 0) for name, points in shares.items()}
            after[each] -= given
            why = f"{(ill[each] or 0.0) * 100:.0f} % of its attempts were slow or failed"
            return Moved(after, f"{each} gives {given} points: {why}")
    return None


def _drifted(shares: Points, resting: Points, ill: Illness, rules: ShareRules) -> Moved | None:
    """Points back to those that are well and have less than they rest at."""
    less = {
        each: float(resting[each] - points)
        for each, points in shares.items()
        if points < resting[each] and not _more_than(ill.get(each), rules.well_at)
    }
    more = {each: float(points - resting[each]) for each, points in shares.items() if points > resting[each]}
    total = min(rules.points, int(sum(less.values())))
    if total <= 0:
        return None
    gets, gives = apportioned(total, less), apportioned(total, more)
    after = {each: points + gets.get(each, 0) - gives.get(each, 0) for each, points in shares.items()}
    back = ", ".join(sorted(less))
    return Moved(after, f"{back} back by {total} points: hardly any attempts were slow or failed")


def _at_least(ill: float | None, limit: float) -> bool:
    return ill is not None and ill >= limit


def _more_than(ill: float | None, limit: float) -> bool:
    return ill is not None and ill > limit
