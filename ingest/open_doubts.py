"""The steps of which nobody can tell whether their provider took them, as the calls topic has it now."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from delivery.calls import InDoubt, MalformedCall, decode_call
from delivery.topics import CALLS
from ingest.dispatch.ledger import Entry, Phase
from ingest.topic_reader import TopicReader


class Doubt(Struct, frozen=True, kw_only=True):
    """A step that waits for somebody to find out; `why` says how the doubt came about."""

    message_id: str
    step: int
    provider: str
    at: datetime
    why: str


class _Seen(NamedTuple):
    entry: Entry
    doubt: InDoubt | None


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
    seen: dict[str, _Seen] = {}
    async with TopicReader(bootstrap_servers) as reader:
        span = await reader.span(CALLS, since=since)
        done, total = 0, sum(end - start for start, end in span.values())
        async for batch in reader.read(span):
            for record in batch:
                _note(seen, record.value, record.offset)
            done += len(batch)
            if progress is not None:
                progress(done, total)
    found = [each.doubt for each in seen.values() if each.doubt is not None and each.entry.phase is Phase.DOUBT]
    return sorted(map(_told, found), key=lambda doubt: doubt.at)


def _note(seen: dict[str, _Seen], value: bytes, offset: int) -> None:
    try:
        call = decode_call(value)
    except MalformedCall:
        return
    if call.step is None:
        return  # only what is sent can be in doubt
    entry, doubt = seen.get(call.decision_id) or _Seen(Entry(call, offset), None)
    entry.fold(call)
    seen[call.decision_id] = _Seen(entry, call if isinstance(call, InDoubt) else doubt)


def _told(doubt: InDoubt) -> Doubt:
    return Doubt(message_id=doubt.message_id, step=doubt.step or 1, provider=doubt.provider, at=doubt.at, why=doubt.why)
