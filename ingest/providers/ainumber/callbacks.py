"""What AI Number tells us: its webhooks, and the messages of a conversation's list, which are the same to us.

Its document names the channel and the 24-hour window, and no callback.
From its client (sendbee-api 1.8: README, `auth.py`, `webhooks/`, `conversations/models.py`):
- The webhook events by name: `message.received`, `message.sent`, three that end in `sent_status`, and others on
  contacts, conversations and templates, which tell nothing of a message.
- `X-Authorization` is base64 of `timestamp.hex`, hex being the HMAC-SHA256 of the timestamp under the account's secret;
  `X-Auth-Token` is the same under the webhook's own secret. Neither covers the body. The client's check of its age
  only refuses times to come.
- A status request bears the `message_id` that sending was answered with. Times are Unix times (`sent_at`) or have no
  zone.
Assumed, none of this being documented where it could be read:
- The JSON names its event in `event` or `type`, and the rest is in `data` or stands beside it.
- Statuses are WhatsApp's own words, and `error_code`, `error.code` or a numeric `fail_reason` are WhatsApp's codes.
- A message's `sent_at` is written alike in a webhook and in a list (one client of theirs reads it as a Unix time, the
  other as text without a zone), so that both make one event of it.
- A token is good for a day, since a retry may repeat the first one; what it could replay is the same event again.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypedDict, cast

import msgspec

from delivery.channels import Channel
from delivery.events import Event, Personal, ProviderTime, Reply, Source, Status
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.clocks import read_time, read_unix_time
from ingest.credentials import proves_basic, proves_hmac
from ingest.identifiers import identifier
from ingest.phone import Phone, read_phone
from ingest.reports import Report, members, read_reports
from ingest.statuses import called_back, status_event
from ingest.webhook import Unreadable, WebhookRequest
from ingest.whatsapp import FAILURES

NAME: Final = "ainumber"


class MessageData(TypedDict, total=False):
    """The wire of both kinds: `status` and the errors for our messages, `body` or `text` for the person's."""

    message_id: str
    id: str
    status: str
    error: str
    error_code: str
    fail_reason: str
    body: str
    text: str
    contact: str
    phone: str
    timestamp: str
    updated_at: str
    sent_at: str
    created_at: str


class ContactData(TypedDict, total=False):
    """`whatsapp_user_id` stands for a number that the business may not see."""

    name: str
    phone: str
    whatsapp_user_id: str


CODES: Final[Mapping[str, Outcome]] = {
    "pending": Outcome(Stage.QUEUED, text="pending"),
    "queued": Outcome(Stage.QUEUED, text="queued"),
    "sent": Outcome(Stage.SENT, text="sent"),
    "delivered": Outcome(Stage.DELIVERED, final=True, text="delivered"),
    "read": Outcome(Stage.SEEN, final=True, text="read"),
    "seen": Outcome(Stage.SEEN, final=True, text="seen"),
    "failed": Outcome(Stage.UNDELIVERED, Reason.UNSPECIFIED, final=True, text="failed"),
} | {
    f"failed/{code}": Outcome(Stage.UNDELIVERED, reason, final=True, text=text)
    for code, (reason, text) in FAILURES.items()
}

RECEIVED: Final = "message.received"
SENT: Final = "message.sent"
STATUS_SUFFIX: Final = "sent_status"
OF_NO_MESSAGE: Final = ("contact.", "conversation.", "whatsapp.message.template.approval_status")
OLDEST_TOKEN_SECONDS: Final = 86_400
FURTHEST_AHEAD_SECONDS: Final = 900


def verify(request: WebhookRequest, account: Account) -> bool:
    headers, secrets, now = request.headers, account.credentials, request.received_at
    by_account = _proves_token(headers.get("x-authorization", ""), secrets.get("api_secret", ""), now)
    by_webhook = _proves_token(headers.get("x-auth-token", ""), secrets.get("webhook_secret", ""), now)
    return by_account | by_webhook | proves_basic(headers, account)


def parse(request: WebhookRequest) -> Sequence[Event]:
    """The events of a callback. Raises `Unreadable`."""
    events: list[Event] = []
    for report in read_reports(request):
        data = _data(report)
        name = (report.fields.get("event") or report.fields.get("type") or "").strip().lower()
        if name == RECEIVED:
            events.append(_reply(data, report, request))
        elif name == SENT or name.endswith(STATUS_SUFFIX):
            events.append(_status(data, name, report, request))
        elif not name.startswith(OF_NO_MESSAGE):
            raise Unreadable("event", f"it is none that Acuse knows; subscribe {RECEIVED} and message.sent_status")
    return events


def read_listed_status(report: Report, request: WebhookRequest) -> Status:
    """A message of ours in a conversation's list, as if a webhook had told its status. Raises `Unreadable`."""
    status = _status(cast("MessageData", report.fields), STATUS_SUFFIX, report, request)
    return msgspec.structs.replace(status, source=Source.POLL)


def read_listed_reply(report: Report, request: WebhookRequest) -> Reply:
    """A person's message in a conversation's list, as if a webhook had told it. Raises `Unreadable`."""
    reply = _reply(cast("MessageData", report.fields), report, request)
    return msgspec.structs.replace(reply, source=Source.POLL)


def message_time(fields: Mapping[str, str]) -> ProviderTime | None:
    """When a message was sent, as a list or a webhook has it."""
    return _time(fields.get("sent_at") or fields.get("timestamp") or fields.get("created_at"))


def _data(report: Report) -> MessageData:
    nested = report.fields.get("data", "")
    return cast("MessageData", members(nested, "data") if nested.startswith("{") else report.fields)


def _status(data: MessageData, name: str, report: Report, request: WebhookRequest) -> Status:
    written = data.get("status") or ("sent" if name == SENT else None)
    status = identifier(written, "status").lower()
    error = _error_code(data)
    code = f"{status}/{error}" if error else status
    # An error of WhatsApp's that is new leaves the reason open, and says nothing against the status.
    outcome = CODES.get(code) or CODES.get(status, UNKNOWN)
    phone, _, contact_name = _contact(data)
    return status_event(
        outcome,
        called_back(report, request),
        provider=NAME,
        ref=identifier(data.get("message_id") or data.get("id"), "message_id"),
        channel=Channel.WHATSAPP,
        code=code,
        # `sent_at` is when it was sent, whatever has become of it since.
        occurred=_time(
            data.get("timestamp") or data.get("updated_at") or (data.get("sent_at") if status == "sent" else "")
        ),
        phone=phone,
        recipient_name=contact_name,
    )


def _reply(data: MessageData, report: Report, request: WebhookRequest) -> Reply:
    message = identifier(data.get("message_id") or data.get("id"), "message_id")
    phone, written, contact_name = _contact(data)
    return Reply(
        provider=NAME,
        ref=message,
        reply_id=message,
        channel=Channel.WHATSAPP,
        received_at=request.received_at,
        source=Source.WEBHOOK,
        occurred=message_time(cast("Mapping[str, str]", data)),
        country=phone.country if phone else None,
        payload=report.payload,
        personal=Personal(
            sender=phone.e164 if phone else written,
            sender_name=contact_name,
            text=data.get("body") or data.get("text"),
            raw=report.raw,
            content_type=request.content_type,
        ),
    )


def _contact(data: MessageData) -> tuple[Phone | None, str | None, str | None]:
    """The person's number, else who it is in WhatsApp's words, and the name."""
    nested = data.get("contact", "")
    contact = cast("ContactData", members(nested, "contact") if nested.startswith("{") else {})
    phone = read_phone(contact.get("phone") or data.get("phone") or "")
    return phone, contact.get("whatsapp_user_id") or None, contact.get("name") or None


def _error_code(data: MessageData) -> str:
    nested = data.get("error", "")
    inner = members(nested, "error").get("code") if nested.startswith("{") else None
    listed = data.get("fail_reason", "")
    error = data.get("error_code") or inner or (listed if listed.isdecimal() else None)
    return identifier(error, "error_code") if error else ""


def _time(text: str | None) -> ProviderTime | None:
    return read_unix_time(text or "") or read_time(text or "", assumed=None)


def _proves_token(token: str, secret: str, now: datetime) -> bool:
    """Whether the token was made with the secret, and lately enough."""
    try:
        decoded = base64.b64decode(token, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        decoded = ""
    timestamp, _, digest = decoded.partition(".")
    genuine = proves_hmac(digest, timestamp.encode(), [secret])
    made_at = read_unix_time(timestamp)
    if made_at is None:
        return False
    age = (now - made_at.at).total_seconds()
    return genuine and -FURTHEST_AHEAD_SECONDS <= age <= OLDEST_TOKEN_SECONDS
