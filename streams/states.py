"""What the table holds of an attempt."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from delivery.attempts import AttemptState
from delivery.standing import Alias, Attempt, describe

VERSIONS_PER_OFFSET: Final = 2
"""An attempt stands differently after an event, and again once it is closed: two versions for each offset."""


class Tracked(Struct, array_like=True):
    """One attempt's state with what must not be lost of how it was told.

    ``version`` is that of the last event that changed the state: twice its offset. ``month`` is that of the first
    event's receipt, and ``heard_at`` that receipt itself, None where tracking began before it was kept.
    ``claimed_version`` is the version at which a message claimed an attempt that had been tracked under its derived id,
    0 if none did.
    Kept as an array, so fields are only ever added at the end, with a default.
    """

    version: int
    month: str
    claimed_version: int
    state: AttemptState
    heard_at: datetime | None = None

    def attempt(self) -> Attempt:
        return describe(self.state, version=self.version, month=self.month, heard_at=self.heard_at)


class _Head(Struct, array_like=True):
    version: int


def alias_of(attempt: Attempt, version: int) -> Alias:
    return Alias(
        retired=attempt.derived_message_id,
        message_id=attempt.message_id,
        provider=attempt.provider,
        ref=attempt.ref,
        version=version,
    )


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Tracked] = msgspec.msgpack.Decoder(Tracked)

encode_tracked = _encoder.encode
decode_tracked = _decoder.decode
_head_decoder: msgspec.msgpack.Decoder[_Head] = msgspec.msgpack.Decoder(_Head)


def version_of(encoded: bytes) -> int:
    """The version of an encoded state, without reading the rest."""
    return _head_decoder.decode(encoded).version
