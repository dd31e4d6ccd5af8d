"""What Messente answers to a status request and to a cancellation."""

from typing import Final

import msgspec

from delivery.decisions import Target
from delivery.events import Event, Source, Status
from delivery.reasons import Reason
from ingest.answered import as_webhook
from ingest.outbound import AskResult, HttpAnswer, NotFound, Refused, Told, Unclear
from ingest.providers.messente.callbacks import CODES, NAME, NOTHING_YET, read_events
from ingest.providers.messente.faults import NOT_FOUND, read_failure
from ingest.statuses import Origin, status_event
from ingest.webhook import Unreadable

NO_SUCH_MESSAGE: Final = 404
CANCELLED: Final = 202
WITHDRAWN: Final = f"DELETED/{NOTHING_YET}"
"""What a report says of it, beside the error that it may have."""
NO_NEWS: Final = f"{NOTHING_YET}/{NOTHING_YET}"


def read_polled(answer: HttpAnswer) -> AskResult:
    """The reports of all legs, but of those of which Messente has none yet: they stand where its first answer left
    them, and a leg that has to wait for another is not queued.
    """
    if answer.status == NO_SUCH_MESSAGE:
        return NotFound("HTTP 404: no such omnimessage, or not ours")
    if not answer.succeeded:
        return read_failure(answer)
    try:
        events = read_events(as_webhook(answer), Source.POLL)
    except Unreadable as error:
        return Unclear(f"HTTP {answer.status} that cannot be read: {error}")
    return Told([event for event in events if _is_news(event)])


def read_cancelled(target: Target, answer: HttpAnswer) -> AskResult:
    if answer.status == NO_SUCH_MESSAGE:
        return Refused(Reason.UNSPECIFIED, NOT_FOUND, "already sent, or no such omnimessage")
    if not answer.succeeded:
        return read_failure(answer)
    if answer.status != CANCELLED or not _is_object(answer.body):
        return Unclear(f"HTTP {answer.status} that does not say that it is cancelled")
    return Told([_withdrawn(target, answer)])


def _is_news(event: Event) -> bool:
    return isinstance(event, Status) and event.code != NO_NEWS


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


def _withdrawn(target: Target, answer: HttpAnswer) -> Status:
    return status_event(
        CODES[WITHDRAWN],
        Origin(Source.CALL, answer.received_at, answer.payload, answer.body, answer.content_type),
        provider=NAME,
        ref=target.ref,
        channel=target.channel,
        code=WITHDRAWN,
        handle=target.handle,
        recipient=target.recipient,
    )
