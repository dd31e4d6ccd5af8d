"""A plan, changed in what a back-test varies."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from delivery.plans import Plan

SHORTEST_HORIZON: Final = timedelta(minutes=1)


def with_ttl(plan: Plan, seconds: int | None) -> Plan:
    """The plan, with this time for every step but the last, which nothing follows; the plan itself for None."""
    if seconds is None:
        return plan
    *earlier, last = plan.steps
    changed = [msgspec.structs.replace(step, ttl_seconds=seconds) for step in earlier]
    return msgspec.structs.replace(plan, steps=(*changed, last))


def horizon(plans: Iterable[Plan]) -> timedelta:
    """How long after it was asked for the last timer of a message may come, by the longest of these plans.

    What a rule's retries and quiet hours add is left out.
    """
    longest = max((sum(step.ttl_seconds or 0 for step in plan.steps) for plan in plans), default=0)
    return max(SHORTEST_HORIZON, timedelta(seconds=longest))
