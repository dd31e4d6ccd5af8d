"""What `POST /v1/messages` answers for each message: its id, and how it will be sent."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.plans import Choice, Pick, PlannedStep
from delivery.segmentation import Encoding, Segmentation
from ingest.orders import Asked


class StepReceipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a plan, as it was understood."""

    step: Annotated[int, Meta(ge=1, description="Its number, from 1.")]
    channel: Channel
    providers: Annotated[list[str], Meta(description="Who may send it.")]
    legs: Annotated[
        list[Channel] | None, Meta(description="The channels that the provider itself tries one after another.")
    ] = None
    pick: Annotated[Pick | None, Meta(description="How one of several is picked.")] = None
    ttl: Annotated[int | None, Meta(description="Seconds after which it is given up.")] = None
    parts: Annotated[int | None, Meta(description="How many SMS its text takes.")] = None
    encoding: Encoding | None = None
    cost: Annotated[Decimal | None, Meta(description="The most that it is expected to cost, where that is known.")] = (
        None
    )


class QuietReceipt(Struct, frozen=True, kw_only=True):
    """Whose time the quiet hours go by."""

    zones: Annotated[list[str], Meta(description="It is quiet while it is in any of them.")]
    told: Annotated[bool, Meta(description="Whether the number tells them; else the plan's default is assumed.")]


class MessageReceipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    message_id: str
    parts: Annotated[int | None, Meta(description="How many SMS the text takes as it is.")] = None
    encoding: Encoding | None = None
    held_until: Annotated[
        str | None, Meta(description="When Acuse will begin, where it is Acuse that waits and not the provider.")
    ] = None
    plan: Annotated[str | None, Meta(description="The plan's name; none for one that came with the message.")] = None
    plan_version: Annotated[str | None, Meta(description="The same for plans that say the same.")] = None
    steps: list[StepReceipt] | None = None
    quiet: QuietReceipt | None = None


def receipt_of(message_id: str, asked: Asked) -> dict[str, Any]:
    """As JSON has it, without what is not there."""
    plan = asked.plan
    receipt = MessageReceipt(
        message_id=message_id,
        held_until=None if asked.send_at is None else asked.send_at.isoformat(),
        plan=plan.name or None if plan else None,
        plan_version=plan.version if plan else None,
        steps=_steps(plan.steps, asked) if plan else None,
        quiet=QuietReceipt(zones=list(asked.zones.names), told=asked.zones.told) if asked.zones else None,
        **({} if plan else _sms(asked.segments[0])),
    )
    said: dict[str, Any] = msgspec.to_builtins(receipt)
    return said


def _steps(steps: tuple[PlannedStep, ...], asked: Asked) -> list[StepReceipt]:
    numbered = enumerate(zip(steps, asked.segments, strict=True), 1)
    return [_step(number, step, segments) for number, (step, segments) in numbered]


def _step(number: int, step: PlannedStep, segments: Segmentation | None) -> StepReceipt:
    several = len(step.choices) > 1
    legs = next((choice.legs for choice in step.choices if choice.legs), ())
    return StepReceipt(
        step=number,
        channel=step.choices[0].order.channel,
        providers=[choice.order.provider for choice in step.choices],
        legs=list(legs) or None,
        pick=step.pick if several else None,
        ttl=step.ttl_seconds,
        cost=highest_cost(step.choices),
        **_sms(segments),
    )


def highest_cost(choices: tuple[Choice, ...]) -> Decimal | None:
    """None where a price is not known."""
    costs = [choice.cost for choice in choices if choice.cost is not None]
    return max(costs) if len(costs) == len(choices) else None


def _sms(segments: Segmentation | None) -> dict[str, Any]:
    return {} if segments is None else {"parts": len(segments.parts), "encoding": segments.encoding}
