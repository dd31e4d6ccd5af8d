"""Ratios within one run: both sides take turns, so that a machine whose speed drifts slows both alike."""

from collections.abc import Callable
from statistics import median

REPETITIONS = 3


def ratio(ours: Callable[[], float], peer: Callable[[], float], repetitions: int = REPETITIONS) -> float:
    """The median of ``ours() / peer()`` over alternated runs; both give a figure where more is better."""
    ratios = []
    for _ in range(repetitions):
        mine, theirs = ours(), peer()
        ratios.append(mine / theirs)
    return round(median(ratios), 3)
