"""Where a listing goes on: opaque to whoever carries it, stable while new messages come in."""

import base64
import binascii
import hashlib
from datetime import datetime
from typing import TypeVar

import msgspec

from dashboards.errors import Unreadable
from dashboards.parameters import YEARS

Place = TypeVar("Place", bound=msgspec.Struct)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last one shown, by its moment and its id, and a digest of the filters that it was shown under."""

    at: datetime
    row_id: str
    filters: str

    def written(self) -> str:
        return written(self)


def written(place: msgspec.Struct) -> str:
    """A place as callers carry it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def digest(filters: msgspec.Struct) -> str:
    """What tells one set of filters from another."""
    return hashlib.blake2b(msgspec.json.encode(filters), digest_size=6).hexdigest()


def read_cursor(written: str, filters: str) -> Cursor:
    """The cursor that `written` gave. Raises `Unreadable` for any other text, and under other filters."""
    cursor = read_place(written, Cursor)
    if cursor.at.tzinfo is None or cursor.at.year not in YEARS:
        raise _not_ours()
    if cursor.filters != filters:
        raise of_other_filters()
    return cursor


def read_place(written: str, kind: type[Place]) -> Place:
    """The place that was `written`. Raises `Unreadable` for any other text."""
    try:
        padded = written.encode("ascii") + b"=" * (-len(written) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=kind)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise _not_ours() from None


def of_other_filters() -> Unreadable:
    return Unreadable("cursor", "it belongs to other filters: leave it out to start from the beginning")


def _not_ours() -> Unreadable:
    return Unreadable("cursor", "use the 'next_cursor' of an earlier answer exactly as it was given")
