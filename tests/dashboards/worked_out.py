"""What tests work out one by one, to hold the engine's answers to."""

from collections.abc import Iterable
from math import floor


def quantile(values: Iterable[float], share: float) -> float | None:
    """Exact, interpolated between the two nearest."""
    ranked = sorted(values)
    if not ranked:
        return None
    place = (len(ranked) - 1) * share
    below = floor(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
