"""Making an order: all that is asked of one try at a message, checked together."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal
from ingest.fields import recipient
from ingest.invalid import InvalidField
from ingest.message_body import LONGEST_NAME, LONGEST_REFERENCE, MessageBody
from ingest.order_content import Content, check_content, line
from ingest.provider import Provider, SendsMessages
from ingest.reachability import why_unreachable
from ingest.shapes import shaped

Check: TypeAlias = Callable[[Order, int], None]
"""Raises `InvalidField` where our account cannot send an order as the step of that number."""


class Try(NamedTuple):
    """What is particular to one try; the rest is the message's."""

    provider: str
    channel: Channel
    content: Content
    sender: str | None
    options: dict[str, Any]
    ttl_seconds: int | None = None
    send_at: datetime | None = None


class OrderMaker:
    """Makes orders for the given providers; whether an account is configured is not asked here."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self.senders: Mapping[str, SendsMessages] = {
            name: found for name, found in providers.items() if isinstance(found, SendsMessages)
        }

    def able_on(self, channel: Channel) -> list[str]:
        """The providers that send on a channel."""
        return [name for name, sender in sorted(self.senders.items()) if channel in sender.sends_on]

    def make(self, body: MessageBody, wanted: Try) -> Order:
        """Raises `InvalidField`, of which `Unsendable` is one, with the field as a message without a plan has it."""
        sender = self._sender(wanted.provider, wanted.channel)
        phone = recipient(body.to.strip(), wanted.channel)
        if kind := why_unreachable(phone.e164, wanted.channel):
            raise InvalidField("to", f"a {kind} number, which {wanted.channel} does not reach; give another")
        check_content(wanted.content, wanted.channel)
        if wanted.options:
            shaped(wanted.options, sender.options, "options")
        order = Order(
            provider=wanted.provider,
            channel=wanted.channel,
            personal=OrderPersonal(
                to=phone.e164,
                sender=line("sender", wanted.sender, LONGEST_NAME),
                text=wanted.content.text,
                template=wanted.content.template,
                media=wanted.content.media,
                voice=wanted.content.voice,
                options=wanted.options,
            ),
            send_at=wanted.send_at,
            ttl_seconds=wanted.ttl_seconds,
            priority=body.priority,
            store=body.store,
            reference=line("reference", body.reference, LONGEST_REFERENCE),
            country=phone.country,
        )
        sender.check(order)
        return order

    def _sender(self, provider: str, channel: Channel) -> SendsMessages:
        if provider not in self._providers:
            raise InvalidField("provider", f"unknown; give one of {', '.join(sorted(self._providers))}")
        sender = self.senders.get(provider)
        if sender is not None and channel in sender.sends_on:
            return sender
        able = self.able_on(channel)
        instead = f"{channel} is sent by {', '.join(able)}" if able else f"nobody sends {channel} yet"
        raise InvalidField("channel" if sender else "provider", f"{provider} does not send {channel} for us; {instead}")
