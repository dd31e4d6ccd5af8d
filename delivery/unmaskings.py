"""Who was shown what of a message is personal: each record of the audit topic is one of these.

It is written before anything is shown, so that nobody sees what nobody can be told of; what was shown in the end, if
anything, is what had been kept of the message by then.
"""

import msgspec
from msgspec import Struct

from delivery.events import Moment


class MalformedUnmasking(ValueError):
    """The bytes are not an unmasking that any version of Acuse has written."""


class Unmasking(Struct, frozen=True, kw_only=True, tag_field="kind", tag="unmasking.v1"):
    """``who`` asked, at ``at`` and in that role, for the numbers and texts of the message, and said ``why``."""

    unmasking_id: str
    message_id: str
    at: Moment
    who: str
    role: str
    why: str


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Unmasking] = msgspec.json.Decoder(Unmasking)


def encode_unmasking(unmasking: Unmasking) -> bytes:
    return _encoder.encode(unmasking)


def decode_unmasking(data: bytes) -> Unmasking:
    """What ``encode_unmasking`` wrote. Raises ``MalformedUnmasking`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedUnmasking(str(error)) from error
