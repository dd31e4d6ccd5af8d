"""What Messente tells of a message: the reports that it posts, and its answer to a status request, which has the same.

Each report of a leg becomes a `Status` of the leg's attempt; `ingest.providers.messente` says where the facts are from.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final, TypedDict, cast
from urllib.parse import parse_qs

from delivery.channels import Channel
from delivery.events import Event, Personal, Reply, Source, Status
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage
from ingest.accounts import Account
from ingest.claims import claimed
from ingest.clocks import read_time
from ingest.credentials import proves_basic, proves_hmac
from ingest.identifiers import identifier, number_identifier
from ingest.phone import read_phone, read_sender
from ingest.reports import Report, elements, members, read_reports
from ingest.statuses import called_back, status_event
from ingest.webhook import Unreadable, WebhookRequest


class DeliveryResult(TypedDict, total=False):
    """The wire. An answer to a status request has several of these in `statuses`, and `to` only once."""

    status: str
    err: str
    error: str
    channel: str
    message_id: str
    omnimessage_id: str
    timestamp: str
    to: str
    sender: str
    statuses: str


class InboundMessage(TypedDict, total=False):
    msg_id: str
    sub_msg_id: str
    channel: str
    sender: str
    recipient: str
    text: str
    time: str


NAME: Final = "messente"
CHANNELS: Final = frozenset({Channel.SMS, Channel.VIBER, Channel.WHATSAPP})
NOTHING_YET: Final = "null"

STATUSES: Final[Mapping[str, Outcome]] = {
    NOTHING_YET: Outcome(Stage.QUEUED, text="Still being processed"),
    "ACK": Outcome(Stage.SENT, text="Operator has accepted the message for delivery"),
    "ACCEPTD": Outcome(Stage.SENT, text="In the operator's delivery queue"),
    "DELIVRD": Outcome(Stage.DELIVERED, final=True, text="Delivered to the handset"),
    "SEEN": Outcome(Stage.SEEN, final=True, text="Seen by the recipient"),
    "UNDELIV": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="Unable to deliver to the handset"),
    "FAILED": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="Failed to deliver to the handset"),
    "REJECTD": Outcome(Stage.REJECTED, Reason.UNSPECIFIED, final=True, text="Rejected by the operator"),
    "NACK": Outcome(Stage.REJECTED, Reason.UNSPECIFIED, final=True, text="Delivery has been rejected"),
    "EXPIRED": Outcome(Stage.EXPIRED, Reason.EXPIRED, final=True, text="Delivery expired"),
    # In SMPP, whose words these are: withdrawn before it was delivered.
    "DELETED": Outcome(Stage.CANCELLED, Reason.CANCELLED, final=True, text="Deleted"),
    # The operator itself does not know: neither a failure nor a code that we lack.
    "UNKNOWN": Outcome(Stage.UNKNOWN, text="Unknown status has been reported by the operator"),
}

ERRORS: Final[Mapping[str, tuple[Reason | None, str]]] = {
    NOTHING_YET: (None, ""),
    "0": (None, "No error"),
    "1": (None, "Delivery failure"),
    "2": (Reason.EXPIRED, "Sending message expired"),
    "3": (Reason.INVALID_NUMBER, "Invalid number"),
    "4": (Reason.NO_CREDIT, "Error crediting account"),
    "5": (Reason.INVALID_NUMBER, "Invalid number format"),
    "6": (Reason.DUPLICATE, "Too many identical messages"),
    "7": (Reason.SENDER_REFUSED, "Sender name not allowed"),
    "8": (Reason.BLOCKED, "Operator blacklisted"),
    "9": (Reason.UNROUTABLE, "Unroutable"),
    "10": (None, "Seen"),
    "999": (Reason.PROVIDER_ERROR, "General temporary error"),
}


def _refined(outcome: Outcome, error: str) -> Outcome:
    """The status decides how far it came; the error only says why, and never of a success."""
    reason, text = ERRORS.get(error, (Reason.UNKNOWN_CODE if outcome.stage in FAILURES else None, ""))
    if outcome.stage in SUCCESSES:
        reason = None
    return Outcome(outcome.stage, reason or outcome.reason, outcome.final, text=text or outcome.text)


CODES: Final[Mapping[str, Outcome]] = {
    f"{status}/{error}": _refined(outcome, error) for status, outcome in STATUSES.items() for error in ERRORS
}


def proves(request: WebhookRequest, account: Account) -> bool:
    """Whether it is signed with one of the account's secrets, or bears the credentials that its `dlr_url` had."""
    secrets = [account.credentials.get(name, "") for name in ("password", "inbound_secret")]
    signed = proves_hmac(request.headers.get("x-messente-signature", ""), request.body, secrets)
    return signed | proves_basic(request.headers, account)


def read_events(request: WebhookRequest, source: Source) -> Sequence[Event]:
    """The events of a callback, or of the answer to a status request as if it were one. Raises `Unreadable`."""
    events: list[Event] = []
    for report in read_reports(request):
        if "msg_id" in report.fields:
            events.append(_reply(report, request, source))
        else:
            events.extend(_status(result, report, request, source) for result in _results(report))
    return events


def _results(report: Report) -> Sequence[DeliveryResult]:
    wire = cast("DeliveryResult", report.fields)
    if "statuses" not in wire:
        return [wire]
    shared = {name: value for name, value in report.fields.items() if name in ("to", "omnimessage_id")}
    results = elements(wire["statuses"], "statuses")
    return [cast("DeliveryResult", {**shared, **members(result, "statuses")}) for result in results]


def _status(wire: DeliveryResult, report: Report, request: WebhookRequest, source: Source) -> Status:
    status = identifier(wire.get("status", NOTHING_YET), "status")
    status = NOTHING_YET if status.lower() == NOTHING_YET else status.upper()
    error = number_identifier(wire.get("err", NOTHING_YET), "err")
    code = f"{status}/{error}"
    # An error that is new says nothing against a status that is known.
    outcome = CODES.get(code) or (_refined(STATUSES[status], error) if status in STATUSES else UNKNOWN)
    reference = _reference(request)
    return status_event(
        outcome,
        called_back(report, request, source),
        provider=NAME,
        ref=identifier(wire.get("message_id"), "message_id"),
        channel=_channel(wire.get("channel")),
        code=code,
        code_text=wire.get("error", ""),
        occurred=read_time(wire.get("timestamp", ""), assumed=UTC),
        ours=claimed(reference),
        reference=reference,
        handle=_handle(wire),
        phone=read_phone(wire.get("to", "")),
        sender=read_sender(wire.get("sender")),
    )


def _reply(report: Report, request: WebhookRequest, source: Source) -> Reply:
    wire = cast("InboundMessage", report.fields)
    message = identifier(wire.get("msg_id"), "msg_id")
    part = wire.get("sub_msg_id", "").strip()
    person = read_phone(wire.get("sender", ""))
    ours = read_phone(wire.get("recipient", ""))
    return Reply(
        provider=NAME,
        ref=message,
        reply_id=identifier(f"{message}/{part}" if part else message, "sub_msg_id"),
        channel=_channel(wire.get("channel")),
        received_at=request.received_at,
        source=source,
        occurred=read_time(wire.get("time", ""), assumed=UTC),
        country=person.country if person else None,
        payload=report.payload,
        personal=Personal(
            recipient=ours.e164 if ours else None,
            sender=read_sender(wire.get("sender")),
            text=wire.get("text"),
            raw=report.raw,
            content_type=request.content_type,
        ),
    )


def _handle(wire: DeliveryResult) -> str | None:
    """What Messente is asked by: the legs together. An odd one is no reason to refuse a report."""
    try:
        return identifier(wire.get("omnimessage_id"), "omnimessage_id")
    except Unreadable:
        return None


def _channel(value: str | None) -> Channel:
    written = identifier(value, "channel").lower()
    if written not in CHANNELS:
        known = ", ".join(sorted(CHANNELS))
        raise Unreadable("channel", f"Acuse does not track it; send reports of {known}")
    return Channel(written)


def _reference(request: WebhookRequest) -> str | None:
    if "reference=" not in request.query:
        return None
    return parse_qs(request.query, max_num_fields=None).get("reference", [""])[-1].strip() or None
