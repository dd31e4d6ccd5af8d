"""The event of a message that no provider took: it has no id of a provider's, so our reference names the attempt."""

import hashlib
from datetime import datetime
from decimal import Decimal

from delivery.calls import CallPersonal
from delivery.decisions import step_reference
from delivery.events import Payload, Personal, Send, Source
from delivery.orders import Order, kept_text, spoken_text
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.dispatch.lines import Exchanged
from ingest.sent import kept_exchange


def rejected(
    order: Order,
    message_id: str,
    step: int,
    tries: int,
    at: datetime,
    *,
    reason: Reason,
    expected_cost: Decimal | None,
    code: str = "",
    text: str = "",
    exchanged: Exchanged | None = None,
) -> Send:
    answer = exchanged.answer if exchanged else None
    kept = kept_of(order, exchanged) or CallPersonal()
    return Send(
        provider=order.provider,
        ref=step_reference(message_id, step, tries),
        channel=order.channel,
        received_at=answer.received_at if answer else at,
        source=Source.CALL,
        stage=Stage.REJECTED,
        reason=reason,
        final=True,
        code=code,
        code_text=text,
        message_id=message_id,
        step=step,
        tries=tries,
        reference=order.reference,
        country=order.country,
        expected_cost=expected_cost,
        payload=answer.payload if answer else Payload(sha256=hashlib.sha256(b"").hexdigest()),
        personal=Personal(
            recipient=order.personal.to,
            sender=order.personal.sender,
            text=kept_text(spoken_text(order.personal), order.store),
            raw=kept.raw,
            content_type=kept.content_type,
            request=kept.request,
        ),
    )


def kept_of(order: Order, exchanged: Exchanged | None) -> CallPersonal | None:
    """What was exchanged, as far as it may be kept; None where there was no answer."""
    if exchanged is None or exchanged.answer is None:
        return None
    request, raw = kept_exchange(order, exchanged.answer, exchanged.call)
    return CallPersonal(request=request, raw=raw, content_type=exchanged.answer.content_type)
