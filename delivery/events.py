"""What a provider told us, or what we told it.

Three kinds: ``Send``, ``Status`` and ``Reply``. Frozen, and tagged with kind and version: a change of meaning is a new
tag beside the old one, since what is written once must be readable for ever (tests hold a golden file per tag).
All that is personal stands in ``personal`` alone, so that it can be sealed without touching the rest.

``gc=False``: frozen structs of plain values cannot form cycles, and a batch of them is nothing to be walked over.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.identities import attempt_key, content_id
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage

Moment = Annotated[datetime, Meta(tz=True)]
"""A point in time, in UTC."""


class MalformedEvent(ValueError):
    """The bytes are not an event that any version of Acuse has written."""


class Zone(StrEnum):
    STATED = "stated"
    """The payload says its offset."""
    ASSUMED = "assumed"
    """The payload does not; the vendor's documents do."""
    ABSENT = "absent"
    """Neither does; it was read as UTC, and nothing is computed from it."""


class Precision(StrEnum):
    MICROSECOND = "microsecond"
    MILLISECOND = "millisecond"
    SECOND = "second"
    MINUTE = "minute"


class Source(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    CALL = "call"
    """The provider's answer to a request of ours."""
    REPORTED = "reported"
    """Told by a caller that sends by itself."""


class ProviderTime(Struct, frozen=True, kw_only=True, gc=False):
    """When it happened, as the provider claims; ``text`` is how the provider wrote it."""

    at: Moment
    zone: Zone
    precision: Precision
    text: str


class Payload(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Which report of which request this was: the body's SHA-256 in hex, and its place among the body's reports."""

    sha256: str
    index: int = 0
    count: int = 1


class Personal(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """All that says who somebody is or what was said. Numbers are E.164; ``raw`` is exactly what came."""

    recipient: str | None = None
    sender: str | None = None
    recipient_name: str | None = None
    sender_name: str | None = None
    text: str | None = None
    raw: bytes = b""
    content_type: str = ""
    request: bytes = b""
    """What we had sent, where ``raw`` is the answer to it; without credentials, as method, path and body."""


class _About(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What every event says.

    ``event_id`` follows from the content, so that the same payload twice, or a poll that repeats a webhook, is the
    same event. ``message_id`` is a claim: set only where we or our caller named the message; ``step`` and ``tries`` say
    which sending of it this is, where we sent it.
    ``reference`` is the caller's own, carried back. ``country`` is the recipient's, ISO 3166-1 alpha-2;
    ``number_type`` is their number's by its country's plan, and ``carrier`` a guess: whose the number first was.
    ``handle`` is what the provider wants to be asked by about this attempt, where that is not ``ref``.
    """

    provider: str
    ref: str
    channel: Channel
    received_at: Moment
    source: Source
    payload: Payload
    personal: Personal
    event_id: str = ""
    occurred: ProviderTime | None = None
    code: str = ""
    code_text: str = ""
    message_id: str | None = None
    reference: str | None = None
    country: str | None = None
    number_type: NumberType | None = None
    carrier: str | None = None
    handle: str | None = None
    step: int | None = None
    tries: int = 0

    @property
    def key(self) -> str:
        return attempt_key(self.provider, self.ref)

    def _occurred_text(self) -> str:
        return self.occurred.text if self.occurred else ""

    def __post_init__(self) -> None:
        # What is read back has its id; a frozen struct can be completed only so, before anybody has seen it.
        if not self.event_id:
            msgspec.structs.force_setattr(self, "event_id", content_id(self.provider, self.ref, *self._told_apart_by()))

    def _told_apart_by(self) -> tuple[str, ...]:
        """What, beside provider and ref, makes this event another than those of the same attempt."""
        raise NotImplementedError


class Send(_About, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="send.v1"):
    """A message was handed to a provider, and this is what the provider made of it at once.

    ``expected_cost`` is what its decision expected the sending to cost, in the settings' currency. None where nobody
    knew, and for a leg of the provider's own failover: that has no cost of its own.
    """

    stage: Stage = Stage.QUEUED
    reason: Reason | None = None
    final: bool = False
    scheduled_for: Moment | None = None
    expected_cost: Decimal | None = None

    def _told_apart_by(self) -> tuple[str, ...]:
        return ("send", self.code, self.stage, self._occurred_text(), self.message_id or "")


class Status(_About, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="status.v1"):
    """A provider said how far an attempt has come.

    ``elapsed_seconds`` is the delivery time that the provider itself computed; ``timed`` is False where it says
    that it does not know.
    """

    stage: Stage
    reason: Reason | None = None
    final: bool = False
    timed: bool = True
    elapsed_seconds: float | None = None

    def _told_apart_by(self) -> tuple[str, ...]:
        return ("status", self.code, self._occurred_text())


class Reply(_About, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="reply.v1"):
    """A person wrote to us.

    ``reply_id`` is the provider's id of what was written. Where ``answers_attempt``, ``ref`` is the attempt that it
    answers; otherwise it names only what was written.
    """

    reply_id: str = ""
    answers_attempt: bool = False

    def _told_apart_by(self) -> tuple[str, ...]:
        # Without an id of the provider's, the exact payload is all that tells two replies apart.
        return ("reply", self.reply_id or f"{self.payload.sha256}/{self.payload.index}", self._occurred_text())


Event: TypeAlias = Send | Status | Reply

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """One event as JSON, the form in which it is kept for ever."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """The event that ``encode`` wrote, in this version of Acuse or in any before it.

    Raises ``MalformedEvent`` with the place and what was expected there.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedEvent(str(error)) from error
