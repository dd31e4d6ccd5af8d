"""AI Number's lists: conversations, and the messages in one, as they answer what became of a message.

From its clients: `data` with the elements and `meta` with `current_page` and `last_page`; of a conversation `id`,
`contact` with `phone`, `last_message` with `inbound_sent_at`; of a message `id`, `body`, `media_url`, `status`,
`direction` (`inbound`, `outbound`), `sent_at`, `fail_reason`.
Assumed: that a message's `id` in a list is the `message_id` of answers and webhooks; that `search_query` finds a
conversation by its number, and that conversations are listed from the newest.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from delivery.events import Payload
from ingest.answered import answered, as_webhook, mapping, text
from ingest.outbound import HttpAnswer
from ingest.phone import read_phone
from ingest.reports import Report, elements, members, read_reports
from ingest.webhook import Unreadable

INBOUND: Final = "inbound"
LONGEST_COUNT: Final = 9


class Conversation(NamedTuple):
    """`phone` is the person's, E.164, "" where there is none; `inbound_at` as it is written."""

    id: str
    phone: str
    inbound_at: str


class Listed(NamedTuple):
    """One page. Its elements keep their bytes; `last` is whether it is the last page."""

    reports: Sequence[Report]
    page: int
    last: bool


def read_page(answer: HttpAnswer) -> Listed | None:
    """The page in an answer of status 2xx; None where there is none in it."""
    if not answer.succeeded or "data" not in mapping(answered(answer)):
        return None
    meta = mapping(mapping(answered(answer)).get("meta"))
    page, last_page = (_count(text(meta.get(name))) for name in ("current_page", "last_page"))
    try:
        (whole,) = read_reports(as_webhook(answer))
        found = elements(whole.fields.get("data", "[]"), "data")
        digest = whole.payload.sha256
        reports = [
            Report(members(each, "data"), each.encode(), Payload(sha256=digest, index=index, count=len(found)))
            for index, each in enumerate(found)
        ]
    except (Unreadable, ValueError):
        return None
    return Listed(reports, page, page >= last_page)


def has_conversations(listed: Listed) -> bool:
    """Whether these are conversations and not messages; of nothing it says that they are not."""
    return any("contact" in report.fields or "last_message" in report.fields for report in listed.reports)


def conversations(listed: Listed) -> Sequence[Conversation]:
    found = []
    for report in listed.reports:
        contact, last = (_nested(report, name) for name in ("contact", "last_message"))
        phone = read_phone(contact.get("phone", ""))
        identity = report.fields.get("id", "")
        if identity:
            found.append(Conversation(identity, phone.e164 if phone else "", last.get("inbound_sent_at", "")))
    return found


def message_id(report: Report) -> str:
    return report.fields.get("message_id") or report.fields.get("id") or ""


def direction(report: Report) -> str:
    return report.fields.get("direction", "").strip().lower()


def _nested(report: Report, name: str) -> dict[str, str]:
    written = report.fields.get(name, "")
    try:
        return dict(members(written, name)) if written.startswith("{") else {}
    except Unreadable:
        return {}


def _count(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) < LONGEST_COUNT else 1
