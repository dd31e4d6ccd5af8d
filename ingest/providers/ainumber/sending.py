"""Orders as requests of AI Number's API, and what it answers to them.

From the document: free words only within 24 hours of the person's last message, an approved template at any time.
From its clients: `data` with the conversation as `id`, `message_id` (the same that webhooks bear) and `status`, alone
or as the one element of an array; `error` with `detail` and `type` beside a client error; 429 with `Retry-After`.
Assumed: the words of `detail` and `type`, from which the reason is read, and 402 for credit that has run out.
No field carries a reference of ours: after a lost answer the conversation is read instead (`lookup.py`).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from delivery.orders import Order
from delivery.reasons import Reason
from delivery.stages import FAILURES, Stage
from ingest.answered import answered, by_status, mapping, text
from ingest.discreet import discreet
from ingest.given_options import given_options
from ingest.identifiers import identifier
from ingest.outbound import HttpAnswer, HttpCall, Refused, Sending, SendResult, Taken, Unauthorised, common_failure
from ingest.providers.ainumber import client
from ingest.providers.ainumber.callbacks import CODES
from ingest.providers.ainumber.options import AiNumberOptions
from ingest.sent import sent_event
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable
from ingest.whatsapp import FAILURES as WHATSAPP_FAILURES

REASONS: Final = (
    (
        re.compile(r"\b24\s*-?\s*h|\bwindow\b|\bsession\b.*\b(closed|expired)|re-?engagement", re.IGNORECASE),
        Reason.WINDOW_CLOSED,
    ),
    (re.compile(r"unsubscribed|opted?[ _-]?out|blacklist", re.IGNORECASE), Reason.OPTED_OUT),
    (re.compile(r"credit|balance|payment|insufficient", re.IGNORECASE), Reason.NO_CREDIT),
    (re.compile(r"template|\btags?\b|placeholder|language", re.IGNORECASE), Reason.TEMPLATE_REFUSED),
    (re.compile(r"not (a )?(valid )?whats ?app|no whats ?app", re.IGNORECASE), Reason.NOT_ON_CHANNEL),
    (re.compile(r"\bphone\b|\bnumber\b|recipient", re.IGNORECASE), Reason.INVALID_NUMBER),
    (re.compile(r"media|attachment|file|text|body", re.IGNORECASE), Reason.CONTENT_REFUSED),
)
"""The first that fits says why, where WhatsApp's own code does not."""
NOT_OURS: Final = frozenset({401, 403, 407})
PAYMENT_REQUIRED: Final = 402


def check(order: Order) -> None:
    """Raises `Unsendable`."""
    options = given_options(order, AiNumberOptions)
    personal = order.personal
    if personal.sender is not None:
        raise Unsendable("sender", "the account's own number sends; leave it out")
    if order.send_at is not None:
        raise Unsendable("send_at", "AI Number sends at once; leave it out, and send it when it is time")
    if order.ttl_seconds is not None:
        raise Unsendable("ttl", "AI Number cannot be told how long to try; leave it out")
    if personal.voice is not None:
        raise Unsendable("voice", "AI Number has WhatsApp only; give text, media or a template")
    if personal.template is None:
        for name in ("button_tags", "attachment"):
            if getattr(options, name) is not None:
                raise Unsendable(f"options.{name}", "only for a template; leave it out, or give a template")
    elif not personal.template.language:
        raise Unsendable("template.language", "missing; AI Number finds a template by keyword and language")


def send_call(order: Order) -> HttpCall:
    options = given_options(order, AiNumberOptions)
    personal = order.personal
    common: dict[str, Any] = {
        "phone": personal.to,
        "prevent_bot_off": options.prevent_bot_off,
        "agent_id": options.agent_id,
        "live_inbox": options.live_inbox,
    }
    if personal.template is None:
        media_url = personal.media.url if personal.media else None
        return client.send_message(client.SessionMessage(**common, text=personal.text, media_url=media_url))
    return client.send_template(
        client.TemplateMessage(
            **common,
            template_keyword=personal.template.name,
            language=personal.template.language,
            tags=personal.template.parameters,
            button_tags=options.button_tags,
            attachment=options.attachment,
        )
    )


def read_sent(order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
    failure = common_failure(answer)
    if failure is not None and not isinstance(failure, Unauthorised):
        return failure
    body = mapping(answered(answer))
    if body.get("error"):
        return _refused(order, answer, body)
    if not answer.succeeded:
        return by_status(answer)
    data = body.get("data", body)
    sent = mapping(data[0] if isinstance(data, list) and data else data)
    try:
        ref = identifier(text(sent.get("message_id")), "message_id")
    except Unreadable:
        return by_status(answer)
    status = text(sent.get("status")).lower()
    outcome = CODES.get(status)
    failed = outcome is not None and outcome.stage in FAILURES
    event = sent_event(
        order,
        sending,
        answer,
        send_call(order),
        ref=ref,
        handle=text(sent.get("id")) or text(sent.get("conversation_id")) or None,
        stage=Stage.REJECTED if failed else Stage.SENT if outcome and outcome.stage is Stage.SENT else Stage.QUEUED,
        reason=outcome.reason if outcome and failed else None,
        code=status,
        code_text=outcome.text if outcome else "",
    )
    return Taken([event])


def _refused(order: Order, answer: HttpAnswer, body: Mapping[str, Any]) -> Refused | Unauthorised:
    error = body.get("error")
    kind, detail = text(mapping(error).get("type")), text(mapping(error).get("detail")) or text(error)
    code = text(mapping(error).get("code"))
    detail = detail or text(body.get("detail"))
    words = discreet(detail or kind, order)
    known = WHATSAPP_FAILURES.get(code)
    reason = known[0] if known else _reason(f"{kind} {detail}")
    if answer.status == PAYMENT_REQUIRED:
        reason = Reason.NO_CREDIT
    elif answer.status in NOT_OURS and reason is not Reason.WINDOW_CLOSED:
        return Unauthorised(words or f"HTTP {answer.status}")
    return Refused(reason, code if known else discreet(code or kind, order) or str(answer.status), words)


def _reason(said: str) -> Reason:
    return next((reason for words, reason in REASONS if words.search(said)), Reason.UNSPECIFIED)
