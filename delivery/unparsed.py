"""What came from somebody we know and could not be read: kept as it came, to be read again after a mend."""

import msgspec
from msgspec import Struct

from delivery.events import MalformedEvent, Moment
from delivery.identities import content_id


class Unparsed(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="unparsed.v1"):
    """One payload: exactly what came, when and where, without credentials, and why it could not be read.

    ``headers`` holds only those that reading may depend on. ``unparsed_id`` follows from provider, place and body.
    """

    provider: str
    received_at: Moment
    body: bytes
    error: str
    method: str = "POST"
    path: str = ""
    query: str = ""
    headers: dict[str, str] = {}
    content_type: str = ""
    unparsed_id: str = ""

    def __post_init__(self) -> None:
        if not self.unparsed_id:
            identity = content_id(self.provider, self.path, self.query, self.body.hex())
            msgspec.structs.force_setattr(self, "unparsed_id", identity)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Unparsed)


def encode_unparsed(unparsed: Unparsed) -> bytes:
    return _encoder.encode(unparsed)


def decode_unparsed(data: bytes) -> Unparsed:
    """What ``encode_unparsed`` wrote. Raises ``MalformedEvent`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedEvent(str(error)) from error
