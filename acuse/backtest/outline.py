"""The plan that a recorded message would have had."""

from collections.abc import Mapping
from decimal import Decimal

from delivery.backtest.variants import with_ttl
from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Pick, Plan, PlannedStep
from delivery.quiet import QuietHours
from delivery.requests import MessageRequest
from ingest.invalid import InvalidField
from ingest.message_body import MessageBody
from ingest.order_making import OrderMaker
from ingest.plans.body import RECIPIENT, PlanBody, StepBody
from ingest.plans.prices import Prices, UnknownPrice
from ingest.plans.reading import is_best, rule_of, time_of, weights_of
from ingest.plans.resolving import PlanBook, Resolver
from ingest.plans.versions import version_of
from ingest.plans.zones import zones_of
from ingest.provider import FailsOver, NativeLeg, Provider


class Outline:
    """What a plan says, for any message: whole where the recorded message has what its steps need, and without any
    content where it has not, which is all the same for when and through whom it is sent. ``without_content`` counts
    the latter.
    """

    def __init__(self, name: str, body: PlanBody, prices: Prices, providers: Mapping[str, Provider]) -> None:
        self.without_content = 0
        self.version = version_of(body, named=True)
        self._versions = {self.version, version_of(body, named=False)}
        self._name = name
        self._body = body
        self._prices = prices
        self._maker = OrderMaker(providers)
        self._resolver = Resolver(self._maker, PlanBook(prices=prices))

    def plan_of(self, request: MessageRequest) -> Plan:
        """The very plan of a message that was sent by this one, else the one that it would have had."""
        if request.plan is not None and request.plan.version in self._versions:
            return request.plan
        said = request.order.personal
        body = MessageBody(
            to=said.to,
            plan=self._body,
            sender=said.sender,
            text=said.text,
            template=said.template,
            media=said.media,
            voice=said.voice,
            on_doubt=request.on_doubt,
        )
        try:
            return self._resolver.resolve(body, lambda _order, _step: None).plan
        except InvalidField:
            self.without_content += 1
            return self._bare(request)

    def bare(self, ttl: int | None) -> Plan:
        """For nobody, to ask it how long it takes."""
        order = Order(provider="", channel=Channel.SMS, personal=OrderPersonal(to=""))
        steps = tuple(PlannedStep(choices=(Choice(order=order),), ttl_seconds=step.ttl) for step in self._body.steps)
        return with_ttl(Plan(steps=steps, version=self.version), ttl)

    def price(self, order: Order) -> Decimal | None:
        """What a sending is expected to cost, with all channels that its provider may try; None if nobody has said."""
        try:
            return self._prices.of(order.provider, self._legs(order), order.country)
        except UnknownPrice:
            return None

    def _legs(self, order: Order) -> tuple[NativeLeg, ...]:
        alone = (NativeLeg(order.channel, order.personal.text),)
        if order.provider not in self._maker.senders:
            return alone
        sender = self._maker.senders[order.provider]
        try:
            return tuple(sender.native_legs(order)) if isinstance(sender, FailsOver) else alone
        except InvalidField:
            return alone  # it was sent with options that are no longer taken

    def _bare(self, request: MessageRequest) -> Plan:
        return Plan(
            steps=tuple(self._step(step, request) for step in self._body.steps),
            version=self.version,
            name=self._name,
            quiet=self._quiet(request.order),
            maximum_cost=self._body.maximum_cost,
        )

    def _step(self, step: StepBody, request: MessageRequest) -> PlannedStep:
        weights = weights_of(step) or dict.fromkeys(self._maker.able_on(step.channel), 1)
        return PlannedStep(
            choices=tuple(self._choice(name, weight, step.channel, request.order) for name, weight in weights.items()),
            pick=Pick.BEST if is_best(step) else Pick.WEIGHTED,
            ttl_seconds=step.ttl,
            success=step.success,
            rules={reason: rule_of(said) for reason, said in step.on.items()},
            on_doubt=request.on_doubt if step.on_doubt is None else step.on_doubt,
        )

    def _choice(self, provider: str, weight: int, channel: Channel, known: Order) -> Choice:
        personal = OrderPersonal(to=known.personal.to, text=known.personal.text)
        order = Order(provider=provider, channel=channel, personal=personal, country=known.country)
        return Choice(order=order, weight=weight, cost=self.price(order))

    def _quiet(self, order: Order) -> QuietHours | None:
        said = self._body.quiet
        if said is None:
            return None
        names: tuple[str, ...] = (said.zone,)
        if said.zone == RECIPIENT:
            names = zones_of("" if order.channel is Channel.EMAIL else order.personal.to, said.default).names
        return QuietHours(
            begins=time_of("quiet.from", said.begins),
            ends=time_of("quiet.to", said.ends),
            zones=names,
            channels=tuple(said.channels),
        )
