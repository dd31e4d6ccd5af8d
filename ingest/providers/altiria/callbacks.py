"""What Altiria tells us: confirmations, notifications and inbound messages, and the same words in its answers.

From its document: the channels, HTTP Basic, that delivery webhooks are set up in its dashboard, the states `delivered`
and `expired`, and two-way WhatsApp by `from` and `to`. What a webhook looks like it does not say.
Two gateways bear the name, and both are read:
- The SMS gateway (its clients, and the versions of its specification that can be read publicly): a send asks for a
  confirmation with `ack` and a caller's `idAck` of at most 20 characters; the confirmation is
  `notification=destination,idAck,status` by GET or as a form. Known states: ENTREGADO, NO_ENTREGADO, ERROR_114 and
  ERROR_115 (added in version 1.16 of the specification), CERT(url) for the certificate of a delivery. It has no id of
  Altiria's and no time, so an attempt is `idAck` and number together, and our receipt is the only clock.
- The platform whose API the document describes (its operator's public example of a receiver): a form with `id`,
  `channel`, `event`, `contactId`, `campaignId`, `campaignName`. `id` is what sending was answered with per recipient,
  and `campaignName` what sending had called it: there our reference travels.
Assumed, being documented nowhere that could be read: the words for `event` beyond the document's two; `status` as
another name for it; `to`, `from`, `date` (without a zone), and `text` or `message` of an inbound WhatsApp message, the
same as JSON; Basic credentials in the URL that is registered. The other ERROR_… states exist and are unknown here: they
become `unknown`, not failures.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, cast

import msgspec

from delivery.channels import Channel
from delivery.events import Event, Personal, Reply, Source, Status
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.stages import Stage
from ingest.claims import claimed
from ingest.clocks import read_time
from ingest.identifiers import RECIPIENT_DIGEST, identifier, number_identifier
from ingest.phone import Phone, read_phone, read_sender
from ingest.reports import Report, read_query, read_reports
from ingest.statuses import called_back, status_event
from ingest.webhook import Unreadable, WebhookRequest

NAME: Final = "altiria"


class Confirmation(TypedDict, total=False):
    """The SMS gateway's wire."""

    notification: str


# Written as a call because `from` is a keyword; names are in lower case.
Notification = TypedDict(
    "Notification",
    {
        "id": str,
        "channel": str,
        "event": str,
        "status": str,
        "to": str,
        "from": str,
        "date": str,
        "text": str,
        "message": str,
        "campaignid": str,
        "campaignname": str,
        "contactid": str,
    },
    total=False,
)

CODES: Final[Mapping[str, Outcome]] = {
    "ENTREGADO": Outcome(Stage.DELIVERED, final=True, text="ENTREGADO"),
    "NO_ENTREGADO": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="NO_ENTREGADO"),
    "ERROR_114": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="ERROR_114"),
    "ERROR_115": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="ERROR_115"),
    # The certificate exists; that the message was delivered is what ENTREGADO says, and this comes beside it.
    "CERT": Outcome(Stage.SENT, text="CERT"),
    "SCHEDULED": Outcome(Stage.SCHEDULED, text="scheduled"),
    "PENDING": Outcome(Stage.QUEUED, text="pending"),
    "SENT": Outcome(Stage.SENT, text="sent"),
    "DELIVERED": Outcome(Stage.DELIVERED, final=True, text="delivered"),
    "READ": Outcome(Stage.SEEN, final=True, text="read"),
    "UNDELIVERED": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="undelivered"),
    "FAILED": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="failed"),
    "REJECTED": Outcome(Stage.REJECTED, Reason.UNSPECIFIED, final=True, text="rejected"),
    "EXPIRED": Outcome(Stage.EXPIRED, Reason.EXPIRED, final=True, text="expired"),
}

CHANNELS: Final[Mapping[str, Channel]] = {
    "": Channel.SMS,
    "sms": Channel.SMS,
    "landingsms": Channel.SMS,
    "voice": Channel.VOICE,
    "voiceaudio": Channel.VOICE,
    "whatsapp": Channel.WHATSAPP,
    "mailing": Channel.EMAIL,
    "email": Channel.EMAIL,
}
INBOUND: Final = frozenset({"INBOUND", "INCOMING", "MESSAGE", "RECEIVED", "REPLY"})
CERTIFICATE: Final = re.compile(r"CERT\(.*\)", re.ASCII | re.DOTALL | re.IGNORECASE)
PARTS_OF_A_NOTIFICATION: Final = 3


def attempt_ref(reported: str) -> str:
    """Also of `idAck:number`, for sends through the SMS gateway, which has no id of its own."""
    batch, separator, person = reported.partition(":")
    if not separator or RECIPIENT_DIGEST.fullmatch(person):
        return number_identifier(reported, "ref")
    return recipient_ref(identifier(batch, "ref"), _person(person)[1])


def parse(request: WebhookRequest) -> Sequence[Event]:
    """The events of a callback. Raises `Unreadable`."""
    reports = read_reports(request) if request.body else [read_query(request)]
    return [_event(report, request) for report in reports]


def read_polled_status(request: WebhookRequest, ref: str) -> Status:
    """What an answer that has the words of a notification says of the attempt `ref`. Raises `Unreadable`."""
    reports = read_reports(request)
    wire = cast("Notification", {"id": ref} | dict(reports[0].fields) if len(reports) == 1 else {})
    if number_identifier(wire.get("id"), "id") != ref:
        raise Unreadable("id", "it is another message's; answer for the one that was asked for")
    code = _code(wire.get("status") or wire.get("event") or "", "status")
    return msgspec.structs.replace(_status(wire, code, reports[0], request), source=Source.POLL)


def read_listed_reply(report: Report, request: WebhookRequest) -> Reply:
    """One message of a conversation's list, as if a webhook had told it. Raises `Unreadable`."""
    wire = {"channel": Channel.WHATSAPP.value} | dict(report.fields)
    reply = _reply(cast("Notification", wire), report, request)
    return msgspec.structs.replace(reply, source=Source.POLL)


def _event(report: Report, request: WebhookRequest) -> Event:
    if "notification" in report.fields:
        return _confirmation(report, request)
    wire = cast("Notification", report.fields)
    code = _code(wire.get("status") or wire.get("event") or "", "event")
    return _reply(wire, report, request) if code in INBOUND else _status(wire, code, report, request)


def _confirmation(report: Report, request: WebhookRequest) -> Status:
    wire = cast("Confirmation", report.fields)
    parts = wire.get("notification", "").split(",", PARTS_OF_A_NOTIFICATION - 1)
    if len(parts) < PARTS_OF_A_NOTIFICATION:
        raise Unreadable("notification", "it is not destination,idAck,status; send all three")
    destination, id_ack, status = (part.strip() for part in parts)
    if not id_ack:
        raise Unreadable("notification", "its idAck is empty; send with one, or confirmations cannot be told apart")
    phone, address = _person(destination)
    code = "CERT" if CERTIFICATE.fullmatch(status) else _code(status, "notification")
    return status_event(
        CODES.get(code, UNKNOWN),
        called_back(report, request),
        provider=NAME,
        ref=recipient_ref(identifier(id_ack, "notification"), address),
        channel=Channel.SMS,
        code=code,
        ours=claimed(id_ack),
        reference=id_ack,
        phone=phone,
    )


def _status(wire: Notification, code: str, report: Report, request: WebhookRequest) -> Status:
    channel = _channel(wire)
    to = wire.get("to", "").strip()
    return status_event(
        CODES.get(code, UNKNOWN),
        called_back(report, request),
        provider=NAME,
        ref=number_identifier(wire.get("id"), "id"),
        channel=channel,
        code=code,
        occurred=read_time(wire.get("date", ""), assumed=None),
        ours=claimed(wire.get("campaignname")),
        phone=read_phone(to),
        recipient=to.lower() if channel is Channel.EMAIL and "@" in to else None,
        sender=read_sender(wire.get("from")),
    )


def _reply(wire: Notification, report: Report, request: WebhookRequest) -> Reply:
    message = number_identifier(wire.get("id"), "id")
    person = read_phone(wire.get("from", ""))
    ours = read_phone(wire.get("to", ""))
    return Reply(
        provider=NAME,
        ref=message,
        reply_id=message,
        channel=_channel(wire),
        received_at=request.received_at,
        source=Source.WEBHOOK,
        occurred=read_time(wire.get("date", ""), assumed=None),
        country=person.country if person else None,
        payload=report.payload,
        personal=Personal(
            recipient=ours.e164 if ours else None,
            sender=read_sender(wire.get("from")),
            text=wire.get("text") or wire.get("message"),
            raw=report.raw,
            content_type=request.content_type,
        ),
    )


def _code(status: str, field: str) -> str:
    """The specification prints `NO ENTREGADO` and `ERROR 114` where the wire has underscores."""
    return identifier(status.strip().upper().replace(" ", "_"), field)


def _channel(wire: Notification) -> Channel:
    channel = CHANNELS.get(wire.get("channel", "").strip().lower())
    if channel is None:
        raise Unreadable("channel", f"Acuse does not track it; send reports of {', '.join(filter(None, CHANNELS))}")
    return channel


def _person(destination: str) -> tuple[Phone | None, str]:
    phone = read_phone(destination)
    return phone, phone.e164 if phone else identifier(destination, "notification").lower()
