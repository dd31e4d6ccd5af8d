"""Conversation windows: what a person writes opens one, within which a business may answer in words of its own.

A contact is known by a pseudonym, as recipients are in refs. Its records are written in any order and some again, and
an older one must not take the place of a newer one when the topic is compacted. So the key has the hour in which the
person wrote too: only within an hour can one take another's place, and whoever judges allows for that.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from delivery.channels import Channel
from delivery.events import Event, Moment, Reply
from delivery.facts import reliable
from delivery.identities import content_id
from delivery.orders import Order

HELD_ON: Final = frozenset({Channel.WHATSAPP, Channel.VIBER})
"""The channels on which people hold conversations with businesses."""
OPEN_FOR: Final = timedelta(hours=24)
MARGIN: Final = timedelta(hours=1)
"""A window counts as closed only so long after it has: that is what compaction may hide."""


class MalformedWindow(ValueError):
    """The bytes are not a window that any version of Acuse has written."""


class Window(Struct, frozen=True, kw_only=True, tag_field="kind", tag="window.v1"):
    """``contact`` is a pseudonym of who wrote, for one provider and channel; ``open_until`` is when it closes unless
    that person writes again.
    """

    contact: str
    provider: str
    channel: Channel
    last_inbound_at: Moment
    open_until: Moment

    @property
    def key(self) -> str:
        return f"{self.contact}/{self.last_inbound_at.astimezone(UTC):%Y-%m-%dT%H}"

    def is_closed(self, now: datetime) -> bool:
        """Whether it has certainly closed, if the person has not written since."""
        return now > self.open_until + MARGIN


def contact_id(provider: str, channel: Channel, address: str) -> str:
    """The pseudonym of a person's address, E.164; the same person has another one at another provider."""
    return content_id("contact", provider, channel, address)


def opened_by(event: Event) -> Window | None:
    """The window that an event opens, or keeps open: that of a person who wrote and whose address is known."""
    if not isinstance(event, Reply) or event.channel not in HELD_ON or not event.personal.sender:
        return None
    said = event.occurred
    at = min(said.at, event.received_at) if said and reliable(said, event.received_at) else event.received_at
    return Window(
        contact=contact_id(event.provider, event.channel, event.personal.sender),
        provider=event.provider,
        channel=event.channel,
        last_inbound_at=at,
        open_until=at + OPEN_FOR,
    )


def latest(windows: Iterable[Window]) -> list[Window]:
    """The last of each key, in the order in which the keys came."""
    found: dict[str, Window] = {}
    for window in windows:
        known = found.get(window.key)
        if known is None or known.last_inbound_at < window.last_inbound_at:
            found[window.key] = window
    return list(found.values())


def needs_window(order: Order) -> bool:
    """Whether it is taken only while the person's window is open: words of our own, on WhatsApp."""
    return order.channel is Channel.WHATSAPP and order.personal.template is None


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Window] = msgspec.json.Decoder(Window)


def encode_window(window: Window) -> bytes:
    """One window as JSON, the form in which it is kept."""
    return _encoder.encode(window)


def decode_window(data: bytes) -> Window:
    """What ``encode_window`` wrote. Raises ``MalformedWindow`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedWindow(str(error)) from error
