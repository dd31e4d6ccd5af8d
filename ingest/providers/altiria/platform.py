"""Orders as requests of Altiria's API, and what it answers to them.

From the document: which endpoint sends what, and that a reply within WhatsApp's 24 hours goes into the conversation.
From public code that uses the platform: 202 where all was accepted and 207 where not, `result` with `accepted`, `id` or
`error` for each recipient; `error` with `code` and `description` beside 400, 401, 402 and 500; what the codes mean.
Credit that has run out is 402, or 401 with code 111: that is no fault of our credentials.
Assumed: that the conversation answers with an `id` itself or in `result`; that a closed window is told by WhatsApp's
own code (131047, 470) or by words with 24 hours or a window in them.
Our reference travels as `campaignName`, which notifications carry back, unless the order names the campaign.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from delivery.channels import Channel
from delivery.orders import Order
from delivery.reasons import Reason
from delivery.segmentation import Encoding, segmentation
from delivery.stages import Stage
from ingest.answered import answered, by_status, mapping, sequence, text
from ingest.discreet import discreet
from ingest.given_options import given_options
from ingest.identifiers import number_identifier
from ingest.outbound import HttpAnswer, HttpCall, Refused, Sending, SendResult, Taken, Unauthorised, common_failure
from ingest.phone import read_phone
from ingest.providers.altiria import client
from ingest.providers.altiria.options import AltiriaOptions
from ingest.sent import sent_event
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable
from ingest.whatsapp import FAILURES

ERRORS: Final[Mapping[str, tuple[Reason, str]]] = {
    "101": (Reason.PROVIDER_ERROR, "Internal database error"),
    "102": (Reason.INVALID_NUMBER, "No valid recipients"),
    "103": (Reason.PROVIDER_ERROR, "Username or password unknown"),
    "104": (Reason.CONTENT_REFUSED, "Text message missing"),
    "105": (Reason.CONTENT_REFUSED, "Text message too long"),
    "106": (Reason.SENDER_REFUSED, "Sender missing"),
    "107": (Reason.SENDER_REFUSED, "Sender too long"),
    "108": (Reason.PROVIDER_ERROR, "No valid date and time for sending"),
    "109": (Reason.PROVIDER_ERROR, "Notification URL incorrect"),
    "110": (Reason.CONTENT_REFUSED, "More parts than allowed, or their number incorrect"),
    "111": (Reason.NO_CREDIT, "Not enough credits"),
    "113": (Reason.CONTENT_REFUSED, "Invalid coding"),
    "120": (Reason.PROVIDER_ERROR, "Invalid GUID"),
    "121": (Reason.PROVIDER_ERROR, "Invalid scheduled date"),
    "122": (Reason.PROVIDER_ERROR, "Update error"),
    "123": (Reason.PROVIDER_ERROR, "Delete error"),
    **FAILURES,
}
WINDOW: Final = re.compile(r"\b24\s*-?\s*(h|hour|hora)|\bwindow\b|\bventana\b", re.IGNORECASE)
NOT_OURS: Final = frozenset({401, 403, 407})
PAYMENT_REQUIRED: Final = 402

OF_CHANNEL: Final[Mapping[Channel, frozenset[str]]] = {
    Channel.SMS: frozenset({"campaign_name", "encoding", "flash", "certified", "landing"}),
    Channel.VOICE: frozenset({"campaign_name", "gender", "retries"}),
    Channel.EMAIL: frozenset({"campaign_name", "certified", "subject", "from_name", "reply_to"}),
    Channel.WHATSAPP: frozenset({"campaign_name"}),
}
CONTENT: Final[Mapping[Channel, frozenset[str]]] = {
    Channel.SMS: frozenset({"text"}),
    Channel.VOICE: frozenset({"text", "voice"}),
    Channel.EMAIL: frozenset({"text"}),
    Channel.WHATSAPP: frozenset({"text", "template", "media"}),
}


def check(order: Order) -> None:
    """Raises `Unsendable`."""
    options = given_options(order, AltiriaOptions)
    personal = order.personal
    for name in order.personal.options:
        if name not in OF_CHANNEL[order.channel]:
            raise Unsendable(f"options.{name}", f"not for {order.channel}; leave it out")
    for name in ("text", "template", "media", "voice"):
        if getattr(personal, name) is not None and name not in CONTENT[order.channel]:
            raise Unsendable(name, f"Altiria does not send it by {order.channel}; give {_listed(order.channel)}")
    if not any(getattr(personal, name) for name in CONTENT[order.channel]):
        raise Unsendable("text", f"missing; give {_listed(order.channel)}")
    if order.ttl_seconds is not None:
        raise Unsendable("ttl", "Altiria cannot be told how long to try; leave it out")
    if order.channel in _CHECKS:
        _CHECKS[order.channel](order, options)


def send_call(order: Order, options: AltiriaOptions, sending: Sending) -> HttpCall:
    return _CALLS[order.channel](order, options, sending)


def read_sent(order: Order, sending: Sending, call: HttpCall, answer: HttpAnswer) -> SendResult:
    body = mapping(answered(answer))
    failure = common_failure(answer)
    if failure is not None and not isinstance(failure, Unauthorised):
        return failure
    if body.get("error"):
        return _refused(order, answer, body)
    if not answer.succeeded:
        return by_status(answer)
    results = sequence(body.get("result"))
    result = mapping(results[0]) if results else body
    if result.get("accepted") is False or result.get("error"):
        return _refused(order, answer, result)
    try:
        ref = number_identifier(text(result.get("id")), "id")
    except Unreadable:
        return by_status(answer)
    is_to_come = order.send_at is not None and order.send_at > answer.received_at
    stage = Stage.SCHEDULED if is_to_come else Stage.QUEUED
    return Taken([sent_event(order, sending, answer, call, ref=ref, stage=stage)])


def _refused(order: Order, answer: HttpAnswer, body: Mapping[str, Any]) -> Refused | Unauthorised:
    error = body.get("error")
    code = text(mapping(error).get("code"))
    said = text(mapping(error).get("description")) or text(mapping(error).get("message")) or text(error)
    words = discreet(said, order)
    reason, meaning = ERRORS.get(code, (Reason.UNKNOWN_CODE if code else Reason.UNSPECIFIED, ""))
    if in_conversation(order) and WINDOW.search(words):
        reason = Reason.WINDOW_CLOSED
    elif answer.status == PAYMENT_REQUIRED:
        reason = Reason.NO_CREDIT
    elif answer.status in NOT_OURS and reason is not Reason.NO_CREDIT and code not in FAILURES:
        return Unauthorised(words or meaning or f"HTTP {answer.status}")
    return Refused(reason, code if code in ERRORS else discreet(code, order) or str(answer.status), words or meaning)


def in_conversation(order: Order) -> bool:
    return order.channel is Channel.WHATSAPP and order.personal.template is None


def _listed(channel: Channel) -> str:
    return " or ".join(sorted(CONTENT[channel]))


def _check_voice(order: Order, options: AltiriaOptions) -> None:
    voice = order.personal.voice
    if options.gender is not None and voice is not None and voice.audio_url:
        raise Unsendable("options.gender", "only for a text that is read out; leave it out")


def _check_email(order: Order, options: AltiriaOptions) -> None:
    if not order.personal.sender or "@" not in order.personal.sender:
        raise Unsendable("sender", "give the e-mail address that it is from")
    if not options.subject:
        raise Unsendable("options.subject", "missing; an e-mail needs one")


def _check_whatsapp(order: Order, options: AltiriaOptions) -> None:
    personal = order.personal
    if not in_conversation(order):
        return
    if read_phone(personal.sender or "") is None:
        raise Unsendable("sender", "give the WhatsApp number that the conversation is held from, in E.164")
    if order.send_at is not None:
        raise Unsendable("send_at", "a message in a conversation goes at once; leave it out, or send a template")
    if options.campaign_name is not None:
        raise Unsendable("options.campaign_name", "a message in a conversation has no campaign; leave it out")


def _campaign(order: Order, options: AltiriaOptions, sending: Sending) -> dict[str, Any]:
    to = order.personal.to if order.channel is Channel.EMAIL else client.number(order.personal.to)
    at = order.send_at if order.send_at and order.send_at > sending.at else None
    return {
        "to": [to],
        "campaign_name": options.campaign_name or sending.reference,
        "schedule_date": client.schedule_date(at) if at else "",
    }


def _sms(order: Order, options: AltiriaOptions, sending: Sending) -> HttpCall:
    words = order.personal.text or ""
    written = segmentation(words)
    needed: client.SmsEncoding | None = "utf-16" if written.encoding is Encoding.UCS2 else None
    fields = _campaign(order, options, sending) | {
        "message": words,
        "sender": _sender(order),
        "encoding": options.encoding or needed,
        "parts": len(written.parts) if len(written.parts) > 1 else 0,
        "flash": options.flash,
        "certified": options.certified,
    }
    if options.landing:
        return client.send_landing_sms(client.LandingSms(**fields, landing=options.landing))
    return client.send_sms(client.Sms(**fields))


def _voice(order: Order, options: AltiriaOptions, sending: Sending) -> HttpCall:
    voice = order.personal.voice
    fields = _campaign(order, options, sending) | {"sender": _sender(order), "retries": options.retries}
    if voice is not None and voice.audio_url:
        return client.call_with_audio(client.AudioCall(**fields, audio_url=voice.audio_url))
    words = (voice.text if voice else "") or order.personal.text or ""
    language = voice.language.replace("-", "_") if voice else ""
    return client.call_with_text(client.Call(**fields, message=words, language=language, gender=options.gender))


def _email(order: Order, options: AltiriaOptions, sending: Sending) -> HttpCall:
    return client.send_mail(
        client.Mail(
            **_campaign(order, options, sending),
            from_email=order.personal.sender or "",
            from_name=options.from_name or "",
            reply_to=options.reply_to or "",
            subject=options.subject or "",
            body=order.personal.text or "",
            certified=options.certified,
        )
    )


def _whatsapp(order: Order, options: AltiriaOptions, sending: Sending) -> HttpCall:
    personal = order.personal
    if personal.template is None:
        media = personal.media
        message = client.ConversationMessage(
            message=personal.text or "",
            media_url=media.url if media else "",
            media_type=media.kind.value if media else "",
        )
        return client.send_in_conversation(_sender(order), personal.to, message)
    return client.send_whatsapp_template(
        client.WhatsappTemplate(
            **_campaign(order, options, sending),
            sender=_sender(order),
            template=personal.template.name,
            language=personal.template.language,
            parameters=personal.template.parameters,
        )
    )


def _sender(order: Order) -> str:
    """A number as the API writes it, or the name as it is."""
    sender = order.personal.sender or ""
    return client.number(sender) if sender.startswith("+") else sender


_CHECKS: Final[Mapping[Channel, Callable[[Order, AltiriaOptions], None]]] = {
    Channel.VOICE: _check_voice,
    Channel.EMAIL: _check_email,
    Channel.WHATSAPP: _check_whatsapp,
}
_CALLS: Final[Mapping[Channel, Callable[[Order, AltiriaOptions, Sending], HttpCall]]] = {
    Channel.SMS: _sms,
    Channel.VOICE: _voice,
    Channel.EMAIL: _email,
    Channel.WHATSAPP: _whatsapp,
}
