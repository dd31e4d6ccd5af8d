"""A person's finding about a step in doubt becomes what the provider's answer would have been."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from delivery.calls import Called, Result
from delivery.decisions import SettleDecision, tries_in
from delivery.events import Payload, Personal, Send, Source
from delivery.orders import kept_text, spoken_text
from delivery.phases import UNCERTAIN, Phase
from delivery.reasons import Reason
from delivery.refs import canonical_ref
from delivery.requests import Finding
from ingest.dispatch.refusals import rejected
from ingest.dispatch.tools import Given, Holding, Tools
from ingest.provider import Provider
from ingest.webhook import Unreadable

PREFIX: Final = "settle/"
FOUND_NOT_SENT: Final = "found not to have been sent"
NOT_IN_DOUBT: Final = "it is not in doubt"
EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
RETRY_SECONDS: Final = 0.5


async def settle(
    tools: Tools, holding: Holding, given: Given, decision: SettleDecision, providers: Mapping[str, type[Provider]]
) -> str:
    """Write it for the decision to send too, which is in doubt no longer. Returns what came of it.

    What is not in doubt is not settled: by now it may be under way again, or its provider may have told.
    """
    step_id = decision.decision_id.removeprefix(PREFIX)
    before = holding.ledger.result(decision.decision_id)
    if before in (Result.TAKEN, Result.NOT_TAKEN):
        return before.value
    if holding.ledger.entry(step_id) is None:
        await holding.recall(step_id, EVER)
    if decision.finding is Finding.SENT:
        called = await _found_sent(tools, holding, given, decision, providers)
    else:
        called = await _found_not_sent(tools, holding, given, decision)
    await _read_back(holding)
    return called.result.value


async def _found_sent(
    tools: Tools, holding: Holding, given: Given, decision: SettleDecision, providers: Mapping[str, type[Provider]]
) -> Called:
    now = tools.clock()
    step_id = decision.decision_id.removeprefix(PREFIX)
    entry = holding.ledger.entry(step_id)
    if entry is None or entry.phase is Phase.DONE:
        return await _impossible(tools, given, NOT_IN_DOUBT)
    try:
        send = _sent(decision, _canonical(decision, providers), now)
    except Unreadable as error:
        return await _impossible(tools, given, str(error))
    called = given.called(now, Result.TAKEN, refs=(send.ref,), tries=0)
    await tools.recorder.write([called, msgspec.structs.replace(called, decision_id=step_id)], (send,))
    return called


async def _found_not_sent(tools: Tools, holding: Holding, given: Given, decision: SettleDecision) -> Called:
    """It holds of the claim that is in doubt, and of none after it: what the ledger makes of that decides."""
    now = tools.clock()
    step_id = decision.decision_id.removeprefix(PREFIX)
    called = given.called(now, Result.NOT_TAKEN, text=FOUND_NOT_SENT, tries=0)
    entry = holding.ledger.entry(step_id)
    if entry is not None and entry.phase in UNCERTAIN:
        await tools.recorder.write([msgspec.structs.replace(called, decision_id=step_id, claim=entry.claim)])
        await _read_back(holding)
    if holding.ledger.result(step_id) is not Result.NOT_TAKEN:
        return await _impossible(tools, given, NOT_IN_DOUBT)
    refused = rejected(
        decision.order,
        decision.message_id,
        decision.step,
        tries_in(step_id),
        now,
        reason=Reason.PROVIDER_ERROR,
        expected_cost=decision.cost,
        text=FOUND_NOT_SENT,
    )
    await tools.recorder.write([called], () if decision.resend else (refused,))
    return called


async def _impossible(tools: Tools, given: Given, why: str) -> Called:
    called = given.called(tools.clock(), Result.IMPOSSIBLE, text=why, tries=0)
    await tools.recorder.write([called])
    return called


async def _read_back(holding: Holding) -> None:
    while not await holding.catch_up():  # noqa: ASYNC110 - it is Kafka that is waited for
        await asyncio.sleep(RETRY_SECONDS)


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
        step=decision.step,
        tries=tries_in(decision.decision_id.removeprefix(PREFIX)),
        reference=order.reference,
        country=order.country,
        expected_cost=decision.cost,
        payload=Payload(sha256=hashlib.sha256(b"").hexdigest()),
        personal=Personal(
            recipient=order.personal.to,
            sender=order.personal.sender,
            text=kept_text(spoken_text(order.personal), order.store),
        ),
    )
