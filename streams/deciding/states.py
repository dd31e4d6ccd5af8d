"""What deciding's table holds of a message."""

from typing import Final

import msgspec

from delivery.message_states import MessageState, join
from streams.table import CoalescingTable

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final[msgspec.msgpack.Decoder[MessageState]] = msgspec.msgpack.Decoder(MessageState)

encode_state: Final = _encoder.encode
decode_state: Final = _decoder.decode


class MessagesTable(CoalescingTable):
    """Of two states neither need know all that the other does: one may have read further in each topic."""

    def joined(self, known: bytes, value: bytes) -> bytes:
        return known if value == known else encode_state(join(decode_state(known), decode_state(value)))
