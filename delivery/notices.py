"""What our caller's application was told, and whether it took it: each record of the notices topic is one of these.

A notice's id follows from what it is about, so that the same notice, made again after a crash, has the same id: whoever
receives notices acts on each id once.
"""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from delivery.events import Moment
from delivery.identities import content_id

ID_PREFIX: Final = "ntc_"


class MalformedNotice(ValueError):
    """The bytes are not a notice that any version of Acuse has written."""


class NoticeType(StrEnum):
    """What a notice tells; the schema of its ``data`` follows from it."""

    DELIVERED = "message.delivered"
    """A message came as far as its plan asks for. It may follow a failure, where a receipt came late."""
    FAILED = "message.failed"
    """Nothing more will be sent for a message that did not come so far."""
    FAILED_OVER = "message.failed_over"
    """Another step is sent, or the same through another provider."""
    REPLIED = "message.replied"
    """A person wrote to us."""
    ALERT_OPENED = "alert.opened"
    """A way to people does worse than it should."""
    ALERT_CLOSED = "alert.closed"
    """It is well again."""


class NoticeResult(StrEnum):
    DELIVERED = "delivered"
    """The application took it."""
    DEAD = "dead"
    """It did not, for as long as it was tried."""


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="notice.v1"):
    """What came of a notice, ``at`` which time.

    ``about`` is the id of the decision, event or alert that it tells of. ``tries`` counts the requests made for it in
    this run, ``status`` is the last answer's, None where there was none, and ``why`` says in words why it was not
    taken. ``body`` is exactly what was sent, to be sent again; it is as personal as the settings had asked for.
    """

    notice_id: str
    type: NoticeType
    about: str
    at: Moment
    result: NoticeResult
    body: str
    tries: int = 1
    status: int | None = None
    why: str = ""
    message_id: str | None = None


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)


def notice_id(type_: NoticeType, about: str) -> str:
    """Of letters, digits and one underscore: a full stop would have a meaning in what is signed."""
    return ID_PREFIX + content_id(type_, about)


def encode_notice(notice: Notice) -> bytes:
    return _encoder.encode(notice)


def decode_notice(data: bytes) -> Notice:
    """What ``encode_notice`` wrote. Raises ``MalformedNotice`` with the place and what was expected there."""
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedNotice(str(error)) from error
