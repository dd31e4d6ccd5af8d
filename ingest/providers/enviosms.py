"""The Colombian SMS Sending API (`enviosms`).

From its document, whose whole surface is one endpoint: a request is answered with `smsId` and the status `Queued`, also
when it is scheduled (then with `scheduledFor`), or with an HTTP error and a text. There are no callbacks, no status
request and no cancelling, and nothing carries a reference of ours: what became of a message is never known, so its
attempts end as unknown when their receipt window closes. Refusals bring no `smsId`; whoever reports one names the
attempt himself.
A message is either direct (a text) or a journey's (BETA: a flow, a template and its parameters), never both.
From its public documentation, where the document is blank: the key's header, X-API-KEY, and that the key needs the
permission `send_sms`.
In neither is the address: `base_url` is the endpoint itself, and nothing is put behind it.
Assumed: 401 and 403 are the account's fault, not the message's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final, TypedDict, cast

import msgspec
from msgspec import Meta, Struct

from delivery.channels import Channel
from delivery.orders import Order
from delivery.outcomes import Outcome
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.answered import by_status
from ingest.charsets import decode
from ingest.discreet import discreet
from ingest.given_options import given_options
from ingest.identifiers import identifier
from ingest.outbound import (
    JSON,
    HttpAnswer,
    HttpCall,
    Refused,
    Sending,
    SendResult,
    Taken,
    Unauthorised,
    Unclear,
)
from ingest.provider import Provider
from ingest.reports import members
from ingest.sent import sent_event
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable

KEY_HEADER: Final = "x-api-key"
TAKEN: Final = range(200, 300)
GUID: Final = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"

Guid = Annotated[str, Meta(pattern=GUID)]


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The wire of a submission. `messageBody`, or else the three of a journey; `programmedDate` is ISO 8601 in UTC."""

    recipient: str
    message_body: str | None = None
    journey_id: str | None = msgspec.field(default=None, name="journeyID")
    template_id: str | None = msgspec.field(default=None, name="templateID")
    template_params: Mapping[str, str] | None = None
    programmed_date: str | None = None
    flash_message: bool = False


class SubmitResponse(TypedDict, total=False):
    """The wire of a submission's answer, names in lower case: the first three on success, `error` otherwise."""

    smsid: str
    status: str
    scheduledfor: str
    error: str


class EnvioSmsOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`flash` shows the SMS at once and does not store it. `journey_id` is the flow that a template goes through."""

    flash: bool = False
    journey_id: Guid | None = None


CODES: Final[Mapping[str, Outcome]] = {
    "Queued": Outcome(Stage.QUEUED, text="Queued"),
    "400": Outcome(Stage.REJECTED, Reason.UNSPECIFIED, final=True, text="Bad Request"),
    # The account is what they bar, not the recipient.
    "401": Outcome(Stage.REJECTED, Reason.BLOCKED, final=True, text="API Key is missing or invalid."),
    "403": Outcome(Stage.REJECTED, Reason.BLOCKED, final=True, text="API Key does not have permission to send SMS."),
    # A fault of theirs may come after they took the message: not known to have failed.
    "500": Outcome(Stage.UNKNOWN, Reason.PROVIDER_ERROR, text="Internal server error. Please contact support."),
}


class EnvioSms:
    name: ClassVar[str] = "enviosms"
    title: ClassVar[str] = "API de Envío de SMS (Colombia)"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_key",)
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    codes: ClassVar[Mapping[str, Outcome]] = CODES
    no_webhooks_because: ClassVar[str] = (
        "this provider has no callbacks; send through POST /v1/messages, or report its sends to POST /v1/sends"
    )
    public_base_url: ClassVar[str] = ""
    sends_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    options: ClassVar[type[EnvioSmsOptions]] = EnvioSmsOptions

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:  # noqa: ARG002
        return identifier(reported, "ref")

    def headers(self, account: Account) -> Mapping[str, str]:
        key = account.credentials.get("api_key", "")
        if not key:
            raise NotConfigured(f"[providers.{account.name}] api_key: give the one with the permission send_sms")
        return {KEY_HEADER: key}

    def check(self, order: Order) -> None:
        personal, options = order.personal, given_options(order, EnvioSmsOptions)
        if order.channel is not Channel.SMS:
            raise Unsendable("channel", "give sms")
        if personal.sender:
            raise Unsendable("sender", "this provider has its own; leave it out")
        if order.ttl_seconds is not None:
            raise Unsendable("ttl", "this provider takes no time limit; leave it out")
        for field in ("media", "voice"):
            if getattr(personal, field) is not None:
                raise Unsendable(field, "this provider sends texts and templates only; leave it out")
        _check_mode(order, options)

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        options, personal = given_options(order, EnvioSmsOptions), order.personal
        template = personal.template
        message = Message(
            recipient=personal.to,
            message_body=personal.text,
            journey_id=options.journey_id,
            template_id=template.name if template else None,
            template_params=template.parameters if template else None,
            # A time that went by while the message waited here would be refused; it is sent at once.
            programmed_date=_utc_second(order.send_at) if order.send_at and order.send_at > sending.at else None,
            flash_message=options.flash,
        )
        return HttpCall("POST", "", msgspec.json.encode(message), JSON)

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        said = _said(answer)
        outcome = CODES.get(str(answer.status))
        if answer.status in TAKEN:
            return self._taken(said, order, sending, answer)
        if outcome is None or outcome.stage is not Stage.REJECTED:
            return by_status(answer)
        if outcome.reason is Reason.BLOCKED:
            return Unauthorised(f"HTTP {answer.status}: {outcome.text}")
        words = said.get("error") or outcome.text
        return Refused(outcome.reason or Reason.UNSPECIFIED, str(answer.status), discreet(words, order))

    def _taken(self, said: SubmitResponse, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        try:
            ref = self.attempt_ref(said.get("smsid", ""), order.personal.to)
        except Unreadable:
            return Unclear(f"HTTP {answer.status} without an smsId")
        status = said.get("status", "")
        outcome = CODES.get(status)
        send = sent_event(
            order,
            sending,
            answer,
            self.send_call(order, sending),
            ref=ref,
            stage=Stage.SCHEDULED if order.send_at and said.get("scheduledfor") else Stage.QUEUED,
            code=status,
            code_text=outcome.text if outcome else "",
        )
        return Taken([send])


def _check_mode(order: Order, options: EnvioSmsOptions) -> None:
    """Directly or by a journey, and all that either needs."""
    personal = order.personal
    if personal.template is None:
        if options.journey_id is not None:
            raise Unsendable("options.journey_id", "it is for a template alone; give template in the place of text")
        if not (personal.text or "").strip():
            raise Unsendable("text", "missing; give it, or template with options.journey_id")
        return
    if personal.text is not None:
        raise Unsendable("text", "a journey's template has its own; leave one of the two out")
    if options.journey_id is None:
        raise Unsendable("options.journey_id", "missing; a template is sent by a journey, give its GUID")
    try:
        msgspec.convert(personal.template.name, Guid)
    except msgspec.ValidationError:
        raise Unsendable("template.name", "give the template's GUID") from None
    if personal.template.language:
        raise Unsendable("template.language", "a template here has one language; leave it out")


def _utc_second(at: datetime) -> str:
    """`2025-07-11T09:00:00Z`. The next full second, so that nothing goes out early."""
    up = at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)
    return up.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _said(answer: HttpAnswer) -> SubmitResponse:
    """The answer's members that are texts or numbers; none where it is no JSON object."""
    try:
        read = members(decode(answer.body, answer.content_type).text, "body")
    except Unreadable:
        return {}
    return cast("SubmitResponse", {name: text for name, text in read.items() if not text.startswith(("{", "["))})


PROVIDER: Final[type[Provider]] = EnvioSms
