"""What people wrote, as a walk through the conversations: for webhooks that did not reach us.

A cursor is the page of conversations that comes next and the conversations still to be read, with the person's number,
which their messages do not have: `2;<conversation>/+34600000000,…`. It is as personal as the numbers are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from delivery.events import Reply
from ingest.answered import as_webhook, by_status
from ingest.clocks import read_time, read_unix_time
from ingest.outbound import AskResult, HttpAnswer, HttpCall, Told
from ingest.providers.ainumber import client, lists
from ingest.providers.ainumber.callbacks import read_listed_reply
from ingest.webhook import Unreadable

RECENT: Final = timedelta(days=2)
"""How long a webhook that did not reach us is made up for. A zone that is not stated cannot hide a message then."""
MOST_PAGES: Final = 100


class Cursor(NamedTuple):
    """`page` 0 is none; `left` are conversations with the person's number, "" where it is not known."""

    page: int
    left: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, written: str | None) -> Self:
        page, _, rest = (written or "1").partition(";")
        left = (each.partition("/")[::2] for each in rest.split(",") if each)
        return cls(int(page) if page.isdecimal() else 0, tuple(left))

    def written(self) -> str | None:
        if not self.page and not self.left:
            return None
        return f"{self.page};{','.join('/'.join(each) for each in self.left)}"


def list_call(cursor: Cursor) -> HttpCall | None:
    if cursor.left:
        return client.list_messages(cursor.left[0][0])
    return client.list_conversations(cursor.page) if cursor.page else None


def read_listed(cursor: Cursor, answer: HttpAnswer) -> AskResult:
    listed = lists.read_page(answer)
    if listed is None:
        return by_status(answer)
    if not cursor.left:
        return Told((), _recent(listed, answer.received_at).written(), ends_where_known=False)
    rest = Cursor(cursor.page, cursor.left[1:]).written()
    return Told(tuple(_replies(listed, cursor.left[0][1], answer)), rest, ends_where_known=False)


def _recent(listed: lists.Listed, now: datetime) -> Cursor:
    """The page's conversations with something recent in them, the latest first, and the next page where all have."""
    found = [(each, _inbound_at(each)) for each in lists.conversations(listed)]
    recent = sorted(
        ((at, each.id, each.phone) for each, at in found if at is not None and at > now - RECENT), reverse=True
    )
    goes_on = bool(found) and len(recent) == len(found) and not listed.last and listed.page < MOST_PAGES
    return Cursor(listed.page + 1 if goes_on else 0, tuple((identity, phone) for _, identity, phone in recent))


def _inbound_at(conversation: lists.Conversation) -> datetime | None:
    at = read_unix_time(conversation.inbound_at) or read_time(conversation.inbound_at, assumed=None)
    return at.at if at else None


def _replies(listed: lists.Listed, phone: str, answer: HttpAnswer) -> Iterator[Reply]:
    """The person's messages on the page that can be read; one that cannot does not hide the others."""
    request = as_webhook(answer)
    for report in listed.reports:
        if lists.direction(report) != lists.INBOUND:
            continue
        try:
            yield read_listed_reply(report._replace(fields={"phone": phone} | dict(report.fields)), request)
        except Unreadable:
            continue
