"""The event of a message that a provider's answer says it took, or refused under an id of its own."""

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from delivery.channels import Channel
from delivery.events import Personal, ProviderTime, Send, Source
from delivery.orders import Order, Store, kept_text, spoken_text
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.outbound import HttpAnswer, HttpCall, Sending


def sent_event(
    order: Order,
    sending: Sending,
    answer: HttpAnswer,
    call: HttpCall,
    *,
    ref: str,
    channel: Channel | None = None,
    stage: Stage = Stage.QUEUED,
    reason: Reason | None = None,
    code: str = "",
    code_text: str = "",
    handle: str | None = None,
    occurred: ProviderTime | None = None,
    sender: str | None = None,
    text: str | None = None,
) -> Send:
    """The attempt `ref`, the same ref that the provider's callbacks will make.

    `channel`, `sender` and `text` are the order's unless they are given: a leg of native failover has its own, and ""
    says that it has none.
    The sending's cost is told of the attempt on the order's own channel alone, so that it counts once.
    `stage` is `queued`, `sent`, `scheduled` or `rejected`; a rejection is final, and has a reason.
    Of an order whose text may not be stored neither the text nor a request or answer that holds it is kept.
    """
    rejected = stage is Stage.REJECTED
    shown, raw = kept_exchange(order, answer, call)
    channel = channel or order.channel
    return Send(
        provider=order.provider,
        ref=ref,
        channel=channel,
        received_at=answer.received_at,
        source=Source.CALL,
        occurred=occurred,
        stage=stage,
        reason=(reason or Reason.UNSPECIFIED) if rejected else reason,
        final=rejected,
        scheduled_for=order.send_at if stage is Stage.SCHEDULED else None,
        code=code,
        code_text=code_text,
        message_id=sending.message_id,
        step=sending.step,
        tries=sending.tries,
        reference=order.reference,
        handle=handle,
        country=order.country,
        expected_cost=sending.expected_cost if channel is order.channel else None,
        payload=answer.payload,
        personal=Personal(
            recipient=order.personal.to,
            sender=sender or order.personal.sender,
            text=kept_text(spoken_text(order.personal) if text is None else text, order.store),
            raw=raw,
            content_type=answer.content_type,
            request=shown,
        ),
    )


def kept_exchange(order: Order, answer: HttpAnswer, call: HttpCall) -> tuple[bytes, bytes]:
    """The request and the answer as they may be kept; empty where they hold what may not be stored."""
    if order.store is Store.PLAINTEXT:
        return call.shown(), answer.body
    body = answer.body.decode("utf-8", "replace") + answer.body.decode("cp1252", "replace")
    echoed = any(form in body for words in content_of(order) for form in _written(words))
    return b"", b"" if echoed else answer.body


def content_of(order: Order) -> Iterator[str]:
    """Everything in the order that may be what it says."""
    personal = order.personal
    for part in (personal.text, personal.template and personal.template.parameters, personal.voice, personal.options):
        yield from _strings(msgspec.to_builtins(part))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)


def _written(words: str) -> set[str]:
    """The ways in which an answer may repeat words."""
    in_json = {json.dumps(words)[1:-1], json.dumps(words, ensure_ascii=False)[1:-1]}
    slashed = {written.replace("/", "\\/") for written in in_json}
    return {words, html.escape(words), quote(words), quote_plus(words)} | in_json | slashed
