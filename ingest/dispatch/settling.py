"""A person's finding about a step in doubt becomes what the provider's answer would have been."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from delivery.calls import Called, Result
from delivery.decisions import SettleDecision
from delivery.events import Payload, Personal, Send, Source
from delivery.reasons import Reason
from delivery.refs import canonical_ref
from delivery.requests import Finding
from ingest.dispatch.refusals import rejected
from ingest.dispatch.tools import Given, Tools
from ingest.provider import Provider
from ingest.sent import kept_text, spoken_text
from ingest.webhook import Unreadable

PREFIX: Final = "settle/"
FOUND_NOT_SENT: Final = "found not to have been sent"


async def settle(tools: Tools, given: Given, decision: SettleDecision, providers: Mapping[str, type[Provider]]) -> str:
    """Write it for the decision to send too, which is in doubt no longer. Returns what came of it."""
    now = tools.clock()
    if decision.finding is Finding.NOT_SENT:
        called = given.called(now, Result.NOT_TAKEN, text=FOUND_NOT_SENT, tries=0)
        again = (
            ()
            if decision.resend
            else (
                rejected(
                    decision.order,
                    decision.message_id,
                    decision.step,
                    now,
                    reason=Reason.PROVIDER_ERROR,
                    text=FOUND_NOT_SENT,
                ),
            )
        )
        return await _write(tools, called, again)
    try:
        send = _sent(decision, _canonical(decision, providers), now)
    except Unreadable as error:
        called = given.called(now, Result.IMPOSSIBLE, text=str(error), tries=0)
        await tools.recorder.write([called])
        return called.result.value
    return await _write(tools, given.called(now, Result.TAKEN, refs=(send.ref,), tries=0), (send,))


async def _write(tools: Tools, called: Called, events: tuple[Send, ...]) -> str:
    settled = msgspec.structs.replace(called, decision_id=called.decision_id.removeprefix(PREFIX))
    await tools.recorder.write([called, settled], events)
    return called.result.value


def _canonical(decision: SettleDecision, providers: Mapping[str, type[Provider]]) -> str:
    """The ref by which callbacks speak of it. Raises `Unreadable`."""
    order = decision.order
    if not decision.ref:
        raise Unreadable("ref", "say the provider's id of what was sent")
    provider = providers.get(order.provider)
    if provider is None:
        return canonical_ref(decision.ref)
    return canonical_ref(provider().attempt_ref(decision.ref, order.personal.to, order.channel))


def _sent(decision: SettleDecision, ref: str, now: datetime) -> Send:
    order = decision.order
    return Send(
        provider=order.provider,
        ref=ref,
        channel=order.channel,
        received_at=now,
        source=Source.CALL,
        message_id=decision.message_id,
        reference=order.reference,
        country=order.country,
        payload=Payload(sha256=hashlib.sha256(b"").hexdigest()),
        personal=Personal(
            recipient=order.personal.to,
            sender=order.personal.sender,
            text=kept_text(spoken_text(order), order.store),
        ),
    )
