"""The shapes in which an auditor is answered what is personal of a message."""

import base64
from datetime import datetime

from msgspec import Struct

from dashboards.reader import Row
from delivery.channels import Channel

KEPT_CONTROLS = "\t\n\r"


class Exchanged(Struct, kw_only=True):
    """Bytes as they were received or sent: as `text` where that says all of them, else as `base64`."""

    text: str | None
    base64: str | None


class PersonalAnswer(Struct, kw_only=True):
    """What is personal of an event, of a request (`message`) or of a call (`calling`, `called`, `doubt`), by its first
    record.

    `id` is the event's, or that of the decision that was carried out. `received` is the exact report or answer, of this
    `content_type`, `sent` what we had sent for it, `content` what was asked to be said beside its text, as JSON.
    """

    at: datetime
    kind: str
    id: str
    provider: str | None
    channel: Channel | None
    recipient: str | None
    recipient_name: str | None
    sender: str | None
    sender_name: str | None
    text: str | None
    content: str
    content_type: str
    received: Exchanged | None
    sent: Exchanged | None


class UnmaskingAnswer(Struct, kw_only=True):
    """That somebody was shown what is personal of the message."""

    unmasking_id: str
    at: datetime
    who: str
    role: str
    why: str


class UnmaskedAnswer(Struct, kw_only=True):
    """What is personal of a message, the unmasking that was recorded for it, and those `before`, the latest first."""

    message_id: str
    unmasking: UnmaskingAnswer
    personal: list[PersonalAnswer]
    left_off: bool
    before: list[UnmaskingAnswer]


def personal_answer(row: Row) -> PersonalAnswer:
    """Of a row of `message_personal.sql`."""
    told = {name: row[name] for name in PersonalAnswer.__struct_fields__ if name not in ("received", "sent")}
    return PersonalAnswer(**told, received=_exchanged(row["received"]), sent=_exchanged(row["sent"]))


def _exchanged(encoded: str) -> Exchanged | None:
    if not encoded:
        return None
    try:
        text = base64.b64decode(encoded).decode()
    except UnicodeDecodeError:
        text = None
    if text is None or not all(each.isprintable() or each in KEPT_CONTROLS for each in text):
        return Exchanged(text=None, base64=encoded)
    return Exchanged(text=text, base64=None)
