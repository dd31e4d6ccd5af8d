"""What became of one message: asked of its conversation, which is found by the person's number where need be.

A poll looks for the message by its id. A look-up has no id, only what was to be sent and since when: it says that the
message was taken where exactly one of ours has its words and certainly is since then, that it was not where certainly
none of ours is since then, and otherwise nothing. A time without a zone may be many hours off, and is given that room.
Two messages of the same words to one person, in doubt within minutes of each other, cannot be told apart by this.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from delivery.decisions import Target
from delivery.events import ProviderTime, Send, Zone
from delivery.orders import Order
from delivery.stages import FAILURES, Stage
from ingest.answered import as_webhook, by_status
from ingest.outbound import (
    AskNext,
    AskResult,
    HttpAnswer,
    HttpCall,
    LookupResult,
    NotFound,
    NothingToAsk,
    Refused,
    Sending,
    Taken,
    Told,
    Unclear,
)
from ingest.providers.ainumber import client, lists
from ingest.providers.ainumber.callbacks import CODES, message_time, read_listed_status
from ingest.reports import Report
from ingest.sent import sent_event
from ingest.webhook import Unreadable

CLOCKS_APART: Final = timedelta(minutes=2)
ZONES_APART: Final = timedelta(hours=15)


def poll_call(target: Target) -> HttpCall:
    """Raises `NothingToAsk` where neither the conversation nor the person is known."""
    if target.handle:
        return client.list_messages(target.handle)
    if target.recipient:
        return client.list_conversations(search=target.recipient)
    raise NothingToAsk("neither its conversation nor its recipient is known")


def read_polled(target: Target, answer: HttpAnswer) -> AskResult:
    listed = lists.read_page(answer)
    if listed is None:
        return by_status(answer)
    if lists.has_conversations(listed):
        found = _conversation(listed, target.recipient)
        return AskNext(client.list_messages(found)) if found else Told(())
    for report in listed.reports:
        if lists.message_id(report) == target.ref:
            try:
                return Told((read_listed_status(report, as_webhook(answer)),))
            except Unreadable as error:
                return Unclear(str(error))
    if not listed.last and target.handle:
        return AskNext(client.list_messages(target.handle, listed.page + 1))
    # It may stand on a page that was not read, or its id may not be listed: no proof that there is no such message.
    return Told(())


def lookup_call(order: Order) -> HttpCall:
    return client.list_conversations(search=order.personal.to)


def read_looked_up(order: Order, sending: Sending, since: datetime, answer: HttpAnswer) -> LookupResult:
    listed = lists.read_page(answer)
    if listed is None:
        failure = by_status(answer)
        return Unclear(failure.text) if isinstance(failure, Refused) else failure
    if lists.has_conversations(listed):
        found = _conversation(listed, order.personal.to)
        return AskNext(client.list_messages(found)) if found else Unclear("no conversation with the person was found")
    ours = [
        report
        for report in listed.reports
        if lists.direction(report) != lists.INBOUND and _may_be_since(message_time(report.fields), since)
    ]
    same = [report for report in ours if _says(report, order)]
    if len(same) == 1 and lists.message_id(same[0]) and _is_since(message_time(same[0].fields), since):
        return Taken([_sent(order, sending, same[0], answer)])
    if ours or not listed.reports:
        return Unclear("what was sent to the person since then cannot be told from the message")
    if not _reaches_back(listed, since):
        return Unclear("not all that was sent to the person since then is on the page")
    return NotFound("nothing was sent to the person since then")


def _conversation(listed: lists.Listed, recipient: str | None) -> str | None:
    return next((found.id for found in lists.conversations(listed) if recipient and found.phone == recipient), None)


def _may_be_since(at: ProviderTime | None, since: datetime) -> bool:
    if at is None:
        return True
    return at.at >= since - (ZONES_APART if at.zone is Zone.ABSENT else CLOCKS_APART)


def _is_since(at: ProviderTime | None, since: datetime) -> bool:
    return at is not None and at.zone is not Zone.ABSENT and at.at >= since - CLOCKS_APART


def _reaches_back(listed: lists.Listed, since: datetime) -> bool:
    """Whether whatever was sent since then is on this page."""
    if listed.last and listed.page == 1:
        return True
    times = [message_time(report.fields) for report in listed.reports]
    moments = [at.at for at in times if at is not None]
    newest_first = len(moments) == len(times) and moments == sorted(moments, reverse=True)
    return newest_first and listed.page == 1 and not _may_be_since(times[-1], since)


def _says(report: Report, order: Order) -> bool:
    """Whether a listed message has the order's words. Of a template only what fills it can be compared."""
    personal = order.personal
    body = report.fields.get("body") or report.fields.get("text") or ""
    if personal.template is not None:
        values = list(personal.template.parameters.values())
        return bool(values) and all(value in body for value in values)
    if personal.text is not None and body.strip() != personal.text.strip():
        return False
    return personal.media is None or report.fields.get("media_url") == personal.media.url


def _sent(order: Order, sending: Sending, report: Report, answer: HttpAnswer) -> Send:
    status = report.fields.get("status", "").lower()
    outcome = CODES.get(status)
    failed = outcome is not None and outcome.stage in FAILURES
    return sent_event(
        order,
        sending,
        replace(answer, body=report.raw),
        HttpCall("GET", "/conversations/messages"),
        ref=lists.message_id(report),
        handle=report.fields.get("conversation_id"),
        stage=Stage.REJECTED if failed else Stage.QUEUED,
        reason=outcome.reason if outcome and failed else None,
    )
