"""Polls and cancellations: asking twice does no harm, so that they need no claim, and after a crash are asked again."""

import asyncio
from collections.abc import Callable
from typing import Final

from delivery.calls import Called, CallPersonal, Result
from delivery.decisions import CancelDecision, PollDecision
from ingest.accounts import NotConfigured
from ingest.dispatch.backoff import wait_seconds
from ingest.dispatch.gate import NoPassage
from ingest.dispatch.lines import Exchanged, Line, converse
from ingest.dispatch.tools import Given, Tools
from ingest.outbound import (
    Busy,
    HttpAnswer,
    HttpCall,
    NotFound,
    NothingToAsk,
    Refused,
    Told,
    Unauthorised,
    Unclear,
)

TRIES: Final = 3
POLL_PATIENCE_SECONDS: Final = 20.0
"""The next one comes by its schedule anyhow; sends should not wait behind it."""
CANCEL_PATIENCE_SECONDS: Final = 60.0
NOT_CALLED: Final = "nothing of this name is called"


async def poll(tools: Tools, given: Given, decision: PollDecision) -> str:
    """Ask how far an attempt has come, and write what was told. Returns what came of it, as metrics call it."""
    line, target = tools.lines.get(decision.target.provider), decision.target
    if line is None:
        return await _impossible(tools, given, NOT_CALLED)
    provider = line.polled
    if provider is None or target.channel not in provider.polls_on:
        return await _impossible(tools, given, "it cannot be asked about messages on this channel")
    if target.ref in line.not_told_of:
        return await _impossible(tools, given, "the provider has said before that it does not tell of it")
    if line.gate.trouble is not None:
        return await _conclude(tools, given.called(tools.clock(), Result.NOT_TAKEN, text=line.gate.trouble))
    came_to = await _asked(
        tools,
        given,
        line,
        "poll",
        lambda: provider.poll_call(target, line.account),
        lambda answer: provider.read_polled(target, answer),
        POLL_PATIENCE_SECONDS,
    )
    if came_to == Result.REFUSED:
        line.not_told_of.add(target.ref)
    return came_to


async def cancel(tools: Tools, given: Given, decision: CancelDecision) -> str:
    """Ask that an attempt be withdrawn, and write what was answered."""
    line, target = tools.lines.get(decision.target.provider), decision.target
    if line is None:
        return await _impossible(tools, given, NOT_CALLED)
    provider = line.canceller
    if provider is None or target.channel not in provider.cancels_on:
        return await _impossible(tools, given, "it takes nothing back on this channel")
    return await _asked(
        tools,
        given,
        line,
        "cancel",
        lambda: provider.cancel_call(target, line.account),
        lambda answer: provider.read_cancelled(target, answer),
        CANCEL_PATIENCE_SECONDS,
    )


async def _asked(
    tools: Tools,
    given: Given,
    line: Line,
    operation: str,
    make: Callable[[], HttpCall],
    read: Callable[[HttpAnswer], object],
    patience_seconds: float,
) -> str:
    exchanged: Exchanged | None = None
    tried = 0
    try:
        call = make()
        while tried < TRIES:
            async with line.gate.passage(patience_seconds, question=True) as permit:
                tried += 1
                exchanged = await converse(line, call, operation, read)
                permit.tell(exchanged.result, exchanged.answer)
            if not isinstance(exchanged.result, Busy | Unclear):
                break
            if tried < TRIES:
                asked = exchanged.result.retry_after_seconds if isinstance(exchanged.result, Busy) else None
                wait = wait_seconds(tools.config.retry, tried, asked)
                if wait > patience_seconds:
                    break
                await asyncio.sleep(wait)
    except (NothingToAsk, NotConfigured) as error:
        return await _impossible(tools, given, str(error))
    except NoPassage as error:
        if exchanged is None:
            return await _conclude(tools, given.called(tools.clock(), Result.NOT_TAKEN, text=str(error)))
    assert exchanged is not None  # noqa: S101 - it was asked at least once
    return await _concluded_by(tools, given, exchanged, tried)


async def _concluded_by(tools: Tools, given: Given, exchanged: Exchanged, tried: int) -> str:
    answer, result = exchanged.answer, exchanged.result
    status = answer.status if answer else None
    kept = (
        CallPersonal(request=exchanged.call.shown(), raw=answer.body, content_type=answer.content_type)
        if answer
        else None
    )
    now = tools.clock()
    match result:
        case Told(events=events):
            # What was answered is in the events; where there are none, it is kept here.
            called = given.called(now, Result.ANSWERED, tries=tried, status=status, personal=None if events else kept)
            await tools.recorder.write([called], events)
            return called.result.value
        case NotFound(text=text):
            called = given.called(now, Result.ANSWERED, text=text, tries=tried, status=status, personal=kept)
        case Refused(reason=reason, code=code, text=text):
            called = given.called(
                now, Result.REFUSED, code=code, text=text, reason=reason, tries=tried, status=status, personal=kept
            )
        case Busy(text=text) | Unauthorised(text=text) | Unclear(text=text):
            called = given.called(now, Result.NOT_TAKEN, text=text, tries=tried, status=status, personal=kept)
        case _:
            text = f"read as {type(result).__name__}, no answer to a question"
            called = given.called(now, Result.NOT_TAKEN, text=text, tries=tried, status=status, personal=kept)
    return await _conclude(tools, called)


async def _impossible(tools: Tools, given: Given, text: str) -> str:
    return await _conclude(tools, given.called(tools.clock(), Result.IMPOSSIBLE, text=text, tries=0))


async def _conclude(tools: Tools, called: Called) -> str:
    await tools.recorder.write([called])
    return called.result.value
