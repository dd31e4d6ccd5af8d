"""Reading one message that is to be sent: every field checked, every fault named with what to do about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from delivery.channels import Channel
from delivery.orders import Order
from delivery.plans import OnDoubt, Plan
from delivery.segmentation import Segmentation
from ingest.fields import stated_time
from ingest.invalid import InvalidField
from ingest.message_body import MessageBody
from ingest.order_content import Content, sms_of
from ingest.order_making import Check, OrderMaker, Try
from ingest.plans.resolving import PlanBook, Resolver
from ingest.plans.zones import Zones
from ingest.provider import Provider, SendsMessages
from ingest.shapes import shaped

FARTHEST: Final = timedelta(days=366)


class Asked(NamedTuple):
    """`segments` say, for each step, how its text is sent where it is an SMS of plain text.

    `send_at` is when we are to begin, where no provider is told to hold it. `zones` are those that the plan's quiet
    hours go by. `size` is that of the plan, in bytes.
    """

    order: Order
    on_doubt: OnDoubt
    segments: tuple[Segmentation | None, ...]
    plan: Plan | None = None
    send_at: datetime | None = None
    zones: Zones | None = None
    size: int = 0


def _anything(order: Order, step: int) -> None:
    """No account is asked."""


class Orders:
    """Reads messages for the given providers; whether an account is configured is what `check` is for."""

    def __init__(self, providers: Mapping[str, Provider], book: PlanBook | None = None) -> None:
        self._maker = OrderMaker(providers)
        self._resolver = Resolver(self._maker, book or PlanBook())

    @property
    def senders(self) -> Mapping[str, SendsMessages]:
        """The providers that can send, by name."""
        return self._maker.senders

    def read(self, raw: bytes, now: datetime, check: Check = _anything) -> Asked:
        """What one JSON object asks for. Raises `InvalidField`, of which `Unsendable` is one."""
        body = shaped(_fields(raw), MessageBody)
        if body.plan is not None:
            return self._planned(body, now, check)
        if body.contents:
            raise InvalidField("contents", "they are for the steps of a plan; give a plan, or leave them out")
        return self._single(body, now, check)

    def _planned(self, body: MessageBody, now: datetime, check: Check) -> Asked:
        send_at = _send_at(body.send_at, now)
        plan, order, segments, zones, size = self._resolver.resolve(body, check)
        return Asked(order, body.on_doubt, tuple(segments), plan, send_at, zones, size)

    def _single(self, body: MessageBody, now: datetime, check: Check) -> Asked:
        """One try. Where its provider cannot hold it until it is time, we do."""
        if body.channel is None or body.provider is None:
            missing = "channel" if body.channel is None else "provider"
            raise InvalidField(missing, "missing; it is needed, unless a plan says it")
        wanted = _try(body, body.channel, body.provider)
        send_at = _send_at(body.send_at, now)
        if send_at is not None:
            try:
                order = self._made(body, wanted._replace(send_at=send_at), check)
                return Asked(order, body.on_doubt, (sms_of(order),))
            except InvalidField as error:
                if error.field != "send_at":
                    raise
        order = self._made(body, wanted, check)
        return Asked(order, body.on_doubt, (sms_of(order),), send_at=send_at)

    def _made(self, body: MessageBody, wanted: Try, check: Check) -> Order:
        order = self._maker.make(body, wanted)
        check(order, 1)
        return order


def _fields(raw: bytes) -> dict[str, Any]:
    """The fields that have a value; `null` is the same as not there."""
    try:
        given: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidField("", "not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise InvalidField("", "give an object with the fields of a message")
    return {name: value for name, value in given.items() if value is not None}


def _try(body: MessageBody, channel: Channel, provider: str) -> Try:
    return Try(
        provider=provider,
        channel=channel,
        content=Content(body.text, body.template, body.media, body.voice),
        sender=body.sender,
        options=body.options,
        ttl_seconds=body.ttl,
    )


def _send_at(text: str | None, now: datetime) -> datetime | None:
    """None where the time has come: a request that is repeated after a while asks for the same still."""
    if text is None:
        return None
    at = stated_time("send_at", text).at
    if at > now + FARTHEST:
        raise InvalidField("send_at", f"more than {FARTHEST.days} days ahead; give an earlier time")
    return at if at > now else None
