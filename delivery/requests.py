"""What callers ask of us. Each record of the requests topic is one of these, keyed by its message id."""

from enum import StrEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct

from delivery.events import Moment
from delivery.orders import Order
from delivery.plans import OnDoubt, Plan


class MalformedRequest(ValueError):
    """The bytes are not a request that any version of Acuse has written."""


class MessageRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="message-request.v1"):
    """Send this message. With a plan, ``order`` is the first choice of its first step, and the plan says all the rest.

    ``send_at`` is when we are to begin; an order has its own where the provider is to hold it.
    """

    message_id: str
    received_at: Moment
    order: Order
    on_doubt: OnDoubt = OnDoubt.HOLD
    plan: Plan | None = None
    send_at: Moment | None = None


class CancelRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="cancel-request.v1"):
    """Withdraw what of this message can still be withdrawn."""

    message_id: str
    received_at: Moment


class Finding(StrEnum):
    SENT = "sent"
    NOT_SENT = "not_sent"


class SettleRequest(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="settle-request.v1"):
    """A person has found out what became of a step in doubt. ``ref`` is the provider's id where it was sent.

    What was not sent is sent again where ``resend``, and otherwise counts as refused. ``tries`` says of which sending
    it was found: how often the step had been sent again before.
    """

    message_id: str
    received_at: Moment
    step: int
    finding: Finding
    ref: str | None = None
    resend: bool = False
    tries: int = 0


Request: TypeAlias = MessageRequest | CancelRequest | SettleRequest

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


def encode_request(request: Request) -> bytes:
    """One request as JSON, the form in which it is kept for ever."""
    return _encoder.encode(request)


def decode_request(data: bytes) -> Request:
    """What ``encode_request`` wrote. Raises ``MalformedRequest`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedRequest(str(error)) from error
