"""The shapes in which replies are listed. Whoever reads them must bear fields that are added."""

from datetime import datetime

from msgspec import Struct

from delivery.channels import Channel


class ListedReply(Struct, kw_only=True):
    """That a person (`sender`, masked) wrote to a number or name of ours (`recipient`). What was written is personal
    and is not shown; `opt_out` says that it was nothing but a word that wants no more, STOP or BAJA for example.

    `message_id` is that of the message which it answers, None where the provider does not say which that is. What came
    in twice is one, `received_at` first.
    """

    event_id: str
    received_at: datetime
    provider: str
    ref: str
    channel: Channel
    country: str | None
    recipient: str | None
    sender: str | None
    opt_out: bool
    message_id: str | None


class Replies(Struct, kw_only=True):
    """Replies, newest first; `next_cursor` is None on the last page."""

    replies: list[ListedReply]
    next_cursor: str | None
