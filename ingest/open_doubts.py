"""The steps of which nobody can tell whether their provider took them, as the topics have it now.

A callback that carries our reference tells that a step was sent, though its answer was lost: the attempt that it made
is the message's then, and no call knows of it. So does an event whose writer died before it wrote the call. Such a step
is in doubt no longer.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from msgspec import Struct

from delivery.briefs import SeenAttempt, decode_seen
from delivery.calls import Called, InDoubt, MalformedCall, decode_call
from delivery.decisions import step_reference, tries_in
from delivery.events import MalformedEvent
from delivery.phases import UNCERTAIN
from delivery.topics import ATTEMPTS, CALLS
from ingest.dispatch.ledger import Entry
from ingest.topic_reader import TopicReader

CLOCK_MARGIN: Final = timedelta(minutes=5)
"""By how much the clocks of those who write may differ."""


class Doubt(Struct, frozen=True, kw_only=True):
    """A step that waits for somebody to find out; `why` says how the doubt came about, `tries` how often the step had
    been sent before.
    """

    message_id: str
    step: int
    provider: str
    at: datetime
    why: str
    tries: int = 0


class _Seen(NamedTuple):
    entry: Entry
    partition: int
    doubt: InDoubt | None = None


class _Attempt(NamedTuple):
    message_id: str
    provider: str
    ref: str


class _Shown(NamedTuple):
    """An attempt, and which sending it says that it is."""

    attempt: _Attempt
    step: int | None
    tries: int


async def open_doubts(
    bootstrap_servers: str,
    *,
    since: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Doubt]:
    """The oldest first. `since` reads only what was written from then on: what came into doubt before is not told.

    A record that is no call is passed over, as the dispatcher does. Raises `LookupError`, `TopicStalled` and what
    Kafka's client raises.
    """
    steps: dict[str, _Seen] = {}
    told_by_calls: set[_Attempt] = set()
    async with TopicReader(bootstrap_servers) as reader:
        async for record in _records(reader, await reader.span(CALLS, since=since), progress):
            _note(steps, told_by_calls, record)
        unsure = {
            seen.doubt: seen for seen in steps.values() if seen.doubt is not None and seen.entry.phase in UNCERTAIN
        }
        shown: set[_Shown] = set()
        if unsure:
            begun = min(seen.entry.first_at for seen in unsure.values()) - CLOCK_MARGIN
            partitions = {seen.partition for seen in unsure.values()}
            span = await reader.span(ATTEMPTS, partitions, since=begun)
            shown = await _attempts(_records(reader, span, progress), {doubt.message_id for doubt in unsure})
    sent = [each for each in shown if each.step is not None or each.attempt not in told_by_calls]
    return sorted((_told(doubt) for doubt in unsure if not _shows(sent, doubt)), key=lambda doubt: doubt.at)


async def _records(
    reader: TopicReader,
    span: dict[TopicPartition, tuple[int, int]],
    progress: Callable[[int, int], None] | None,
) -> AsyncIterator[ConsumerRecord]:
    done, total = 0, sum(end - start for start, end in span.values())
    async for batch in reader.read(span):
        for record in batch:
            yield record
        done += len(batch)
        if progress is not None:
            progress(done, total)


def _note(steps: dict[str, _Seen], told_by_calls: set[_Attempt], record: ConsumerRecord) -> None:
    try:
        call = decode_call(record.value)
    except MalformedCall:
        return
    if call.step is None:
        return  # only what is sent can be in doubt
    seen = steps.get(call.decision_id) or _Seen(Entry(call, record.offset), record.partition)
    seen.entry.fold(call)
    steps[call.decision_id] = seen._replace(doubt=call) if isinstance(call, InDoubt) else seen
    if isinstance(call, Called):
        told_by_calls.update(_Attempt(call.message_id, call.provider, ref) for ref in call.refs)


async def _attempts(records: AsyncIterator[ConsumerRecord], message_ids: Collection[str]) -> set[_Shown]:
    keys = {message_id.encode() for message_id in message_ids}
    found: set[_Shown] = set()
    async for record in records:
        if record.key not in keys:
            continue
        with contextlib.suppress(MalformedEvent):
            attempt = decode_seen(record.value)
            if isinstance(attempt, SeenAttempt):
                known = _Attempt(attempt.message_id, attempt.provider, attempt.ref)
                found.add(_Shown(known, attempt.step, attempt.tries))
    return found


def _shows(sent: Collection[_Shown], doubt: InDoubt) -> bool:
    """Whether an attempt shows what became of it: one that says that it is of this sending, or, of those that do not
    say, one through the same provider, or our own word that it was refused, which is an attempt by the sending's name.
    """
    ours = f"{doubt.message_id}."
    step, tries = doubt.step or 1, tries_in(doubt.decision_id)
    refused = step_reference(doubt.message_id, step, tries)
    through = (doubt.message_id, doubt.provider)
    return any(
        (attempt.message_id, attempt.provider) == through
        and (
            (attempt.ref == refused or not attempt.ref.startswith(ours))
            if of_step is None
            else (of_step, of_tries) == (step, tries)
        )
        for attempt, of_step, of_tries in sent
    )


def _told(doubt: InDoubt) -> Doubt:
    return Doubt(
        message_id=doubt.message_id,
        step=doubt.step or 1,
        provider=doubt.provider,
        at=doubt.at,
        why=doubt.why,
        tries=tries_in(doubt.decision_id),
    )
