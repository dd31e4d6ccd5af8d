"""All replays of one message, without living through the same twice."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from delivery.backtest.evidence import Drawn, Evidence
from delivery.backtest.fates import Fates
from delivery.backtest.histories import History
from delivery.backtest.replaying import Replayed, replay
from delivery.decisions import Decision
from delivery.plans import Plan

CHANCES: Final = frozenset({Drawn.SAME_COUNTRY, Drawn.ANY_COUNTRY})
NEVER: Final = float("inf")


class Life(NamedTuple):
    """A replay, and where the fates of its sendings came from."""

    replayed: Replayed
    drawn: Counter[Drawn]


class _Known(NamedTuple):
    """``seed`` is None where no chance came into it, so that every seed is the same."""

    seed: int | None
    times: Sequence[float]
    timeless: bool
    life: Life


class Lives:
    """The plans that it is asked for may differ in the times of their steps, and in nothing else.

    Where no step's time was over before something else decided, nor before a sending's turn came, more time changes
    nothing: so it is quickest to ask for the shortest times first.
    """

    def __init__(self, history: History, evidence: Evidence) -> None:
        self._history = history
        self._evidence = evidence
        self._known: list[_Known] = []

    def under(self, plan: Plan, seed: int) -> Life:
        times = [NEVER if step.ttl_seconds is None else step.ttl_seconds for step in plan.steps]
        for known in self._known:
            if known.seed in {None, seed} and (
                known.times == times or (known.timeless and _covers(known.times, times))
            ):
                return known.life
        fates = Fates(self._history, self._evidence, seed)
        life = Life(replay(self._history, plan, fates), fates.drawn)
        by_chance = bool(CHANCES & life.drawn.keys())
        timeless = not fates.by_time and not any(_timed(decision) for decision in life.replayed.decisions)
        self._known.append(_Known(seed if by_chance else None, times, timeless, life))
        return life


def _covers(shorter: Sequence[float], longer: Sequence[float]) -> bool:
    return all(one <= other for one, other in zip(shorter, longer, strict=True))


def _timed(decision: Decision) -> bool:
    """Whether a moment that had come had a part in it."""
    return decision.grounds is not None and decision.grounds.timer is not None
