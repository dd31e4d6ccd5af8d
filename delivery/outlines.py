"""What may be kept and shown of a plan: all of it but what is personal."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.orders import OrderPersonal
from delivery.plans import Choice, OnDoubt, Pick, Plan, PlannedStep, Rule, Success
from delivery.quiet import QuietHours
from delivery.reasons import Reason


class Form(StrEnum):
    """In which form something is said."""

    TEXT = "text"
    TEMPLATE = "template"
    MEDIA = "media"
    VOICE = "voice"
    OTHER = "other"
    """By the provider's own options alone."""


class ChoiceOutline(Struct, frozen=True, kw_only=True):
    """A choice of a step; ``form`` is that of what it says, not what it says."""

    provider: str
    channel: Channel
    form: Form = Form.TEXT
    weight: int = 1
    cost: Decimal | None = None
    legs: tuple[Channel, ...] = ()


class StepOutline(Struct, frozen=True, kw_only=True):
    """A step, as ``delivery.plans.PlannedStep`` has it."""

    choices: tuple[ChoiceOutline, ...]
    pick: Pick = Pick.WEIGHTED
    ttl_seconds: int | None = None
    success: Success = Success.DELIVERED
    rules: dict[Reason, Rule] = {}
    on_doubt: OnDoubt = OnDoubt.HOLD


class PlanOutline(Struct, frozen=True, kw_only=True):
    """A plan, as ``delivery.plans.Plan`` has it."""

    steps: tuple[StepOutline, ...]
    version: str
    name: str = ""
    quiet: QuietHours | None = None
    maximum_cost: Decimal | None = None


encode_outline: Final = msgspec.json.Encoder(order="deterministic").encode
decode_outline: Final = msgspec.json.Decoder(PlanOutline).decode


def outline(plan: Plan) -> PlanOutline:
    return PlanOutline(
        steps=tuple(_step(step) for step in plan.steps),
        version=plan.version,
        name=plan.name,
        quiet=plan.quiet,
        maximum_cost=plan.maximum_cost,
    )


def _step(step: PlannedStep) -> StepOutline:
    return StepOutline(
        choices=tuple(_choice(choice) for choice in step.choices),
        pick=step.pick,
        ttl_seconds=step.ttl_seconds,
        success=step.success,
        rules=step.rules,
        on_doubt=step.on_doubt,
    )


def _choice(choice: Choice) -> ChoiceOutline:
    return ChoiceOutline(
        provider=choice.order.provider,
        channel=choice.order.channel,
        form=_form(choice.order.personal),
        weight=choice.weight,
        cost=choice.cost,
        legs=choice.legs,
    )


def _form(personal: OrderPersonal) -> Form:
    """The richest of what an order says."""
    said = {
        Form.TEMPLATE: personal.template,
        Form.VOICE: personal.voice,
        Form.MEDIA: personal.media,
        Form.TEXT: personal.text,
    }
    return next((form for form, part in said.items() if part), Form.OTHER)
