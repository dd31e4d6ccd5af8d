"""The inbound messages of WhatsApp conversations, as a list that is walked: Altiria's webhooks may not have reached us.

From the document: that conversations are listed, and their messages, by `from` and `to`.
Assumed, documented nowhere that could be read: the listing's shape (`conversations` or an array, with `from`, `to` and
a `date` of the last message, the newest first, `page` and `pages`); `messages` of a conversation or an array, each as a
notification of an inbound message, ours told apart by `direction` or by `from`.

A cursor is the page that comes next and the conversations still to be read, `2;34911234567/34645852126`: it holds
numbers, and is as personal as they are.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple, Self

from delivery.events import Payload, Reply
from ingest.answered import answered, as_webhook, by_status, mapping, sequence, text
from ingest.clocks import read_time, read_unix_time
from ingest.outbound import AskResult, HttpAnswer, HttpCall, Told, common_failure
from ingest.phone import read_phone
from ingest.providers.altiria import client
from ingest.providers.altiria.callbacks import read_listed_reply
from ingest.reports import Report, elements, members, read_reports
from ingest.webhook import Unreadable

RECENT: Final = timedelta(days=2)
"""How long a webhook that did not reach us is made up for. A zone that is not stated cannot hide a message then."""
MOST_PAGES: Final = 100
INWARD: Final = frozenset({"in", "inbound", "incoming", "received"})
OK: Final = 200
NOT_FOUND: Final = 404
OUTWARD: Final = frozenset({"out", "outbound", "outgoing", "sent"})


class Cursor(NamedTuple):
    """`page` 0 is none; `pairs` are ours and theirs."""

    page: int
    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, written: str | None) -> Self:
        page, _, rest = (written or "1").partition(";")
        pairs = [pair.split("/") for pair in rest.split(",") if pair.count("/") == 1]
        return cls(int(page) if page.isdecimal() else 0, tuple((ours, theirs) for ours, theirs in pairs))

    def written(self) -> str | None:
        if not self.page and not self.pairs:
            return None
        return f"{self.page};{','.join('/'.join(pair) for pair in self.pairs)}"


def list_call(cursor: Cursor) -> HttpCall | None:
    if cursor.pairs:
        return client.list_conversation(*cursor.pairs[0])
    return client.list_conversations(cursor.page) if cursor.page else None


def read_listed(cursor: Cursor, answer: HttpAnswer) -> AskResult:
    failure = common_failure(answer)
    if failure is not None:
        return failure
    body = answered(answer)
    if answer.status == NOT_FOUND and cursor.pairs:
        body = []
    elif body is None or answer.status != OK:
        return by_status(answer)
    if not cursor.pairs:
        return Told((), _next_page(cursor.page, body, answer).written(), ends_where_known=False)
    rest = Cursor(cursor.page, cursor.pairs[1:]).written()
    return Told(tuple(_replies(answer, *cursor.pairs[0])) if body else (), rest, ends_where_known=False)


def _next_page(page: int, body: Any, answer: HttpAnswer) -> Cursor:
    """What is recent of this page, and the next page where all of this one was."""
    listed = [mapping(entry) for entry in sequence(mapping(body).get("conversations") or body)]
    pairs = []
    for entry in listed:
        ours, theirs = (read_phone(text(entry.get(name))) for name in ("from", "to"))
        written = text(entry.get("date"))
        at = read_unix_time(written) or read_time(written, assumed=None)
        if ours and theirs and (at is None or at.at > answer.received_at - RECENT):
            pairs.append((client.number(ours.e164), client.number(theirs.e164)))
    pages = text(mapping(body).get("pages"))
    last = min(int(pages), MOST_PAGES) if pages.isdecimal() else page
    return Cursor(page + 1 if pairs and len(pairs) == len(listed) and page < last else 0, tuple(pairs))


def _replies(answer: HttpAnswer, ours: str, theirs: str) -> Iterator[Reply]:
    """The person's messages that can be read; one that cannot does not hide the others."""
    request = as_webhook(answer)
    try:
        reports = read_reports(request)
        if len(reports) == 1 and "messages" in reports[0].fields:
            nested = elements(reports[0].fields["messages"], "messages")
            digest = answer.payload.sha256
            reports = [
                Report(members(each, "messages"), each.encode(), Payload(sha256=digest, index=at, count=len(nested)))
                for at, each in enumerate(nested)
            ]
    except Unreadable:
        return
    for report in reports:
        fields = {"from": theirs, "to": ours} | dict(report.fields)
        direction = fields.get("direction", "").lower()
        sender = read_phone(fields["from"])
        if direction in OUTWARD or (direction not in INWARD and (sender is None or sender.e164 != f"+{theirs}")):
            continue
        try:
            yield read_listed_reply(report._replace(fields=fields), request)
        except Unreadable:
            continue
