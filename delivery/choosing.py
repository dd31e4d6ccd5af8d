"""Which of a step's choices is taken: by weight or by health, none that was tried before, none that costs too much."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from delivery.decisions import (
    Why,
)
from delivery.plans import Choice, Pick, PlannedStep
from delivery.sendings import Sent
from delivery.verdicts import Trouble

Weigh: TypeAlias = Callable[[Sequence[Choice]], Sequence[int]]
"""The shares that the health of their providers gives to choices, at the time."""


def weights_of(step: PlannedStep, tried: Sequence[Sent], trouble: Trouble, weigh: Weigh) -> tuple[int, ...]:
    """What each choice weighs: the one before for a repetition, else those that were not tried at this step."""
    if trouble.why is Why.BACK_OFF and tried:
        return tuple(int(index == tried[-1].choice) for index in range(len(step.choices)))
    given = weigh(step.choices) if step.pick is Pick.BEST else [choice.weight for choice in step.choices]
    left = untried(step, tried) or range(len(step.choices))
    weights = tuple(max(weight, 0) if index in left else 0 for index, weight in enumerate(given))
    return weights if any(weights) else tuple(int(index in left) for index in range(len(step.choices)))


def affordable(step: PlannedStep, weights: Sequence[int], stand_ins: Sequence[int], left: Decimal) -> tuple[int, ...]:
    """The weights of the choices that cost no more than is left; where none of them is, the stand-ins that do not."""
    within = [choice.cost is None or choice.cost <= left for choice in step.choices]
    affordable = tuple(weight if fits else 0 for weight, fits in zip(weights, within, strict=True))
    if any(affordable):
        return affordable
    return tuple(int(fits and index in stand_ins) for index, fits in enumerate(within))


def untried(step: PlannedStep, tried: Sequence[Sent]) -> list[int]:
    return [index for index in range(len(step.choices)) if all(each.choice != index for each in tried)]
