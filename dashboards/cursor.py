"""Where a listing goes on: opaque to whoever carries it, stable while new messages come in."""

import base64
import binascii
import hashlib
from datetime import datetime

import msgspec

from dashboards.errors import Unreadable


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last one shown, by its moment and its id, and a digest of the filters that it was shown under."""

    opened_at: datetime
    message_id: str
    filters: str

    def written(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()


def digest(filters: msgspec.Struct) -> str:
    """What tells one set of filters from another."""
    return hashlib.blake2b(msgspec.json.encode(filters), digest_size=6).hexdigest()


def read_cursor(written: str, filters: str) -> Cursor:
    """The cursor that `written` gave. Raises `Unreadable` for any other text, and under other filters."""
    try:
        padded = written.encode("ascii") + b"=" * (-len(written) % 4)
        cursor = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Unreadable("cursor", "use the 'next_cursor' of an earlier answer exactly as it was given") from None
    if cursor.opened_at.tzinfo is None:
        raise Unreadable("cursor", "use the 'next_cursor' of an earlier answer exactly as it was given")
    if cursor.filters != filters:
        raise Unreadable("cursor", "it belongs to other filters: leave it out to start from the beginning")
    return cursor
