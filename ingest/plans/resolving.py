"""Making a plan for one message of what is said of it: every step, with everybody who may send it, ready to be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from delivery.channels import Channel
from delivery.orders import Order
from delivery.plans import Choice, Pick, Plan, PlannedStep
from delivery.quiet import QuietHours
from delivery.segmentation import Segmentation
from ingest.fields import known_or_near
from ingest.invalid import InvalidField
from ingest.message_body import MessageBody
from ingest.order_content import sms_of
from ingest.order_making import Check, OrderMaker, Try
from ingest.plans.body import RECIPIENT, PlanBody, QuietBody, StepBody
from ingest.plans.contents import FaultOfMessage, StepContent, content_of, layers_of, names_providers
from ingest.plans.prices import Prices, UnknownPrice
from ingest.plans.reading import check_plan, is_best, rule_of, time_of, weights_of
from ingest.plans.versions import version_of
from ingest.plans.zones import Zones, zones_of
from ingest.provider import FailsOver, NativeLeg

LARGEST_PLAN_BYTES: Final = 256 * 1024
"""It stands in the request, is kept with the message's state, and Kafka takes no record above a megabyte."""


@dataclass(frozen=True, slots=True)
class PlanBook:
    """The plans that can be asked for by name, and what sendings cost."""

    plans: Mapping[str, PlanBody] = field(default_factory=lambda: MappingProxyType({}))
    prices: Prices = field(default_factory=Prices)


class Resolved(NamedTuple):
    """`zones` are whose time the quiet hours go by, None without such. `size` is the plan's, in bytes."""

    plan: Plan
    order: Order
    segments: Sequence[Segmentation | None]
    zones: Zones | None
    size: int


class _Chosen(NamedTuple):
    """`segments` say how its text is sent where it is an SMS."""

    choice: Choice
    segments: Segmentation | None


class Resolver:
    def __init__(self, maker: OrderMaker, book: PlanBook) -> None:
        self._maker = maker
        self._book = book
        self._failing_over = {name: one for name, one in maker.senders.items() if isinstance(one, FailsOver)}
        self._versions = {name: version_of(body, named=True) for name, body in book.plans.items()}

    def resolve(self, body: MessageBody, check: Check) -> Resolved:
        """The plan that a message asks for. Raises `InvalidField`, with the field as the message has it."""
        said, name = self._plan(body)
        try:
            return self._resolved(body, said, name, check)
        except InvalidField as error:
            if name and error.field.startswith("plan."):
                raise InvalidField(error.field, f"{error.remedy} (in the plan {name})") from None
            raise

    def _plan(self, body: MessageBody) -> tuple[PlanBody, str]:
        for beside in ("channel", "provider"):
            if getattr(body, beside) is not None:
                raise InvalidField(beside, "the plan's steps have their own; leave it out")
        if isinstance(body.plan, str):
            found = self._book.plans.get(body.plan)
            if found is None:
                raise InvalidField("plan", f"unknown; {known_or_near(body.plan, sorted(self._book.plans))}")
            return found, body.plan
        assert body.plan is not None  # noqa: S101 - who has none comes not here
        try:
            check_plan(body.plan)
        except InvalidField as error:
            raise InvalidField(f"plan.{error.field}", error.remedy) from None
        return body.plan, ""

    def _resolved(self, body: MessageBody, said: PlanBody, name: str, check: Check) -> Resolved:
        _check_contents(body, said)
        self._check_options(body, said)
        steps, segments = [], []
        for number, step in enumerate(said.steps, 1):
            choices = self._choices(body, step, number, check)
            self._check_cost(said, number, choices)
            steps.append(_planned(body, step, [choice for choice, _ in choices]))
            segments.append(choices[0].segments)
        order = steps[0].choices[0].order
        zones = _zones(said.quiet, order) if said.quiet else None
        plan = Plan(
            steps=tuple(steps),
            version=self._versions[name] if name else version_of(said, named=False),
            name=name,
            quiet=_quiet(said.quiet, zones) if said.quiet and zones else None,
            maximum_cost=said.maximum_cost,
        )
        size = len(msgspec.json.encode(plan))
        if size > LARGEST_PLAN_BYTES:
            raise InvalidField(
                "plan", f"with all its contents it takes {size:,} bytes; {LARGEST_PLAN_BYTES:,} is the most"
            )
        return Resolved(plan, order, segments, zones, size)

    def _choices(self, body: MessageBody, step: StepBody, number: int, check: Check) -> list[_Chosen]:
        """Everybody who may send a step. Of the best of all, those who cannot send this are left out."""
        weights = weights_of(step)
        if weights:
            names = [f"{name}: " if len(weights) > 1 else "" for name in weights]
            return [
                self._choice(body, step, number, check, provider, weight, told)
                for (provider, weight), told in zip(weights.items(), names, strict=True)
            ]
        choices, faults = [], []
        for provider in self._maker.able_on(step.channel):
            try:
                choices.append(self._choice(body, step, number, check, provider, 1, ""))
            except InvalidField as error:
                faults.append(f"{provider}: {error}")
        if not choices:
            why = "; ".join(faults) or f"nobody sends {step.channel} yet"
            raise InvalidField(f"plan.steps[{number - 1}].provider", f"none can send it: {why}")
        return choices

    def _choice(
        self, body: MessageBody, step: StepBody, number: int, check: Check, provider: str, weight: int, told: str
    ) -> _Chosen:
        content: StepContent | None = None
        try:
            content = content_of(step, layers_of(step, number, body, body.contents), provider, self._maker.senders)
            wanted = Try(
                provider=provider,
                channel=step.channel,
                content=content.content,
                sender=content.sender,
                options=content.options,
                ttl_seconds=step.provider_ttl or body.ttl,
            )
            order = self._maker.make(body, wanted)
            segments = sms_of(order)
            check(order, number)
        except InvalidField as error:
            raise _placed(error, step, number, content, told) from None
        legs = self._legs(order)
        try:
            cost = self._book.prices.of(provider, legs, order.country)
        except UnknownPrice:
            cost = None
        channels = tuple(leg.channel for leg in legs) if len(legs) > 1 else ()
        return _Chosen(Choice(order=order, weight=weight, cost=cost, legs=channels), segments)

    def _legs(self, order: Order) -> tuple[NativeLeg, ...]:
        provider = self._failing_over.get(order.provider)
        return tuple(provider.native_legs(order)) if provider else (NativeLeg(order.channel, order.personal.text),)

    def _check_cost(self, said: PlanBody, number: int, chosen: Sequence[_Chosen]) -> None:
        if said.maximum_cost is None:
            return
        choices = [choice for choice, _ in chosen]
        for choice in choices:
            if choice.cost is None:
                try:
                    self._book.prices.of(choice.order.provider, self._legs(choice.order), choice.order.country)
                except UnknownPrice as error:
                    raise InvalidField("plan.maximum_cost", f"step {number}: {error}, or leave it out") from None
        if number == 1 and all(choice.cost is not None and choice.cost > said.maximum_cost for choice in choices):
            least = min(choice.cost for choice in choices if choice.cost is not None)
            raise InvalidField("plan.maximum_cost", f"the first step alone costs {least}; allow for more")

    def _check_options(self, body: MessageBody, said: PlanBody) -> None:
        """Options of a provider that no step can go through are a slip."""
        if not names_providers(body.options, self._maker.senders):
            return
        named = {name for step in said.steps for name in weights_of(step) or self._maker.able_on(step.channel)}
        for name in body.options:
            if name not in named:
                raise InvalidField(f"options.{name}", "no step of the plan goes through it; leave it out")


def _placed(error: InvalidField, step: StepBody, number: int, content: StepContent | None, told: str) -> InvalidField:
    """A fault of an order where the message or its plan has it."""
    place = f"plan.steps[{number - 1}]"
    root = error.field.partition(".")[0].partition("[")[0]
    if root == "ttl":
        field = f"{place}.provider_ttl" if step.provider_ttl is not None else "ttl"
    elif isinstance(error, FaultOfMessage) or root in {"to", "send_at", "priority", "store", "reference"}:
        field = error.field
    elif root == "provider" and not told:
        field = f"{place}.provider"
    else:
        given = content.place_of(error.field) if content else None
        field = f"{place}.{error.field}" if given is None else _within(given, error.field)
    where = "" if field.startswith(place) else f"step {number}: "
    # What the message says for all steps need not fit this one.
    apart = ", or say it for other steps alone, in contents" if field.startswith(("sender", "options")) else ""
    return InvalidField(field, f"{where}{told}{error.remedy}{apart}")


def _within(given: str, field: str) -> str:
    """`options.mensatek.legs` and `options.legs[0].text` are `options.mensatek.legs[0].text`."""
    last = given.rpartition(".")[2]
    return given + field[field.index(last) + len(last) :]


def _planned(body: MessageBody, step: StepBody, choices: Sequence[Choice]) -> PlannedStep:
    return PlannedStep(
        choices=tuple(choices),
        pick=Pick.BEST if is_best(step) else Pick.WEIGHTED,
        ttl_seconds=step.ttl,
        success=step.success,
        rules={reason: rule_of(said) for reason, said in step.on.items()},
        on_doubt=body.on_doubt if step.on_doubt is None else step.on_doubt,
    )


def _zones(quiet: QuietBody, order: Order) -> Zones:
    if quiet.zone != RECIPIENT:
        return Zones((quiet.zone,), told=True)
    return zones_of("" if order.channel is Channel.EMAIL else order.personal.to, quiet.default)


def _quiet(quiet: QuietBody, zones: Zones) -> QuietHours:
    return QuietHours(
        begins=time_of("quiet.from", quiet.begins),
        ends=time_of("quiet.to", quiet.ends),
        zones=zones.names,
        channels=tuple(quiet.channels),
    )


def _check_contents(body: MessageBody, said: PlanBody) -> None:
    places = {str(number) for number in range(1, len(said.steps) + 1)} | {step.channel.value for step in said.steps}
    for name in body.contents:
        if name not in places:
            raise InvalidField(
                "contents", f"no step is told so; give a step's number or channel: {', '.join(sorted(places))}"
            )
