"""What is to be sent: one message to one recipient, on one channel through one provider.

All that is personal stands in ``personal`` alone, as in events, so that it can be sealed without touching the rest.
"""

import hashlib
from enum import StrEnum
from typing import Any

from msgspec import Struct

from delivery.channels import Channel
from delivery.events import Moment


class Store(StrEnum):
    """What may be kept of the text once it was handed over."""

    PLAINTEXT = "plaintext"
    SHA256 = "sha256"
    """Its digest alone, in hex."""
    NOSTORE = "nostore"


class Priority(StrEnum):
    LOW = "low"
    REGULAR = "regular"
    HIGH = "high"


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class Template(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text that the provider has approved; ``parameters`` fill its places, by their name or number from "1"."""

    name: str
    language: str = ""
    parameters: dict[str, str] = {}


class Media(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that the provider fetches from ``url``, an https address."""

    kind: MediaKind
    url: str
    file_name: str = ""


class Voice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call that reads ``text`` out in ``language`` (``es-ES``), or plays what is at ``audio_url``."""

    text: str = ""
    audio_url: str = ""
    language: str = ""


class OrderPersonal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who gets what. ``to`` is E.164, or an e-mail address where the channel is e-mail.

    ``options`` are the provider's own, as its ``options`` type has checked them.
    """

    to: str
    sender: str | None = None
    text: str | None = None
    template: Template | None = None
    media: Media | None = None
    voice: Voice | None = None
    options: dict[str, Any] = {}


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try at a message. ``ttl_seconds`` is how long the provider may try; ``reference`` is the caller's own.

    ``country`` is the recipient's, ISO 3166-1 alpha-2.
    """

    provider: str
    channel: Channel
    personal: OrderPersonal
    send_at: Moment | None = None
    ttl_seconds: int | None = None
    priority: Priority = Priority.REGULAR
    store: Store = Store.PLAINTEXT
    reference: str | None = None
    country: str | None = None


def spoken_text(personal: OrderPersonal) -> str | None:
    """What an order says in words of its own, read or heard; None for a template or bare media."""
    return personal.text or (personal.voice.text if personal.voice else None) or None


def kept_text(text: str | None, store: Store) -> str | None:
    """What may be kept of a text: itself, the hex SHA-256 of its UTF-8, or nothing."""
    if not text or store is Store.NOSTORE:
        return None
    return text if store is Store.PLAINTEXT else hashlib.sha256(text.encode()).hexdigest()
