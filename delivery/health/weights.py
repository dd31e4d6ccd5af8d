"""What the choices of a plan's step weigh, by the shares of their providers."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from delivery.health.lanes import Group, Lane
from delivery.health.records import GroupShares
from delivery.health.shares import WHOLE
from delivery.plans import Choice

Factors: TypeAlias = Mapping[Lane, float]
"""How much more (or less) than an equal share each lane gets: 1 is as much."""

AS_MUCH: Final = 1.0


def factors_of(groups: Mapping[Group, GroupShares]) -> dict[Lane, float]:
    return {
        Lane(provider, group.channel, group.country): points * len(its.shares) / WHOLE
        for group, its in groups.items()
        for provider, points in its.shares.items()
    }


def weigh(choices: Sequence[Choice], factors: Factors) -> tuple[int, ...]:
    """Whole weights of about a hundred together: each choice's own weight, times what its provider's share is worth.

    Of a country that nothing is known of, the share in all countries counts; a provider that nothing is known of counts
    as one of equal share. What weighs anything weighs 1 at least. Where nobody's share is worth anything, their own
    weights alone count.
    """
    own = [max(choice.weight, 0) for choice in choices]
    worth = [weight * _factor(choice, factors) for weight, choice in zip(own, choices, strict=True)]
    if not sum(worth):
        return tuple(own)
    return tuple(max(1, round(WHOLE * each / sum(worth))) if each else 0 for each in worth)


def _factor(choice: Choice, factors: Factors) -> float:
    order = choice.order
    everywhere = factors.get(Lane(order.provider, order.channel), AS_MUCH)
    return factors.get(Lane(order.provider, order.channel, order.country), everywhere) if order.country else everywhere
