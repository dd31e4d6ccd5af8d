"""What would become of a message by a plan, told before it is sent."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from delivery.plans import Choice
from ingest.message_receipts import highest_cost
from ingest.orders import Asked


def trial_lines(asked: Asked, now: datetime, currency: str) -> Iterator[str]:
    """Who would send each step, in how many parts, at what cost; and whether it is quiet at present."""
    plan = asked.plan
    if plan is None:
        return
    yield "Such a message is accepted:"
    total: Decimal | None = Decimal(0)
    for number, (step, segments) in enumerate(zip(plan.steps, asked.segments, strict=True), 1):
        cost = highest_cost(step.choices)
        parts = "" if segments is None else f", {len(segments.parts)} SMS"
        price = "" if cost is None else f", {cost} {currency} at the most"
        yield f"  step {number}: {', '.join(_who(choice) for choice in step.choices)}{parts}{price}"
        total = None if total is None or cost is None else total + cost
    yield "  all steps: " + ("not all prices are known" if total is None else f"{total} {currency} at the most")
    if plan.quiet is None or asked.zones is None:
        return
    told = "" if asked.zones.told else " (assumed: the number does not tell)"
    yield f"  quiet hours go by {', '.join(asked.zones.names)}{told}"
    for channel in dict.fromkeys(step.choices[0].order.channel for step in plan.steps):
        if (until := plan.quiet.open_from(now, channel)) > now:
            yield f"  at present it is quiet by {channel}, until {until.isoformat(timespec='minutes')}"


def _who(choice: Choice) -> str:
    legs = f" ({' → '.join(choice.legs)} by itself)" if choice.legs else ""
    return f"{choice.order.provider}{legs}"
