"""The fold of one batch: what changed, what is to be told of it, and what could not be read. No I/O and no clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from typing import Final

from aiokafka import ConsumerRecord
from msgspec import Struct, field

from delivery.attempts import AttemptState, concerns_attempt, fold
from delivery.events import Event, MalformedEvent, Send, Status, decode
from delivery.stages import Stage
from delivery.standing import Record
from delivery.unparsed import Unparsed
from delivery.windows import Window, latest, opened_by
from streams.poison import unreadable
from streams.states import VERSIONS_PER_OFFSET, Tracked, alias_of

LONGEST_NAME: Final = 8192
"""Characters of a key, code, reference or sender: more is no name, and would grow the state beyond what Kafka takes."""

Load = Callable[[Sequence[bytes]], Sequence[Tracked | None]]


class Folded(Struct):
    """What a batch came to.

    ``written`` is what the table must hold now, ``records`` what must be told, ``poison`` what is no event,
    ``windows`` what was opened by people who wrote.
    ``kinds`` counts events by provider and kind, ``unknown`` those of unknown stage by provider.
    """

    written: dict[bytes, Tracked] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    poison: list[Unparsed] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    kinds: dict[tuple[str, str], int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)


def fold_batch(records: Sequence[ConsumerRecord], load: Load) -> Folded:
    """Fold the records of one partition, in their order, into the states that ``load`` knows.

    Depends on nothing else, and for each key on nothing but the records up to the last one that changed its state:
    however the same records are cut into batches, the same version of an attempt is the same.
    """
    folded = Folded()
    events = list(_readable(records, folded))
    keys = list(dict.fromkeys(key for key, _, _ in events))
    known: dict[bytes, Tracked | None] = dict(zip(keys, load(keys), strict=True)) if keys else {}
    claimed: set[bytes] = set()
    for key, offset, event in events:
        _count(folded, event)
        if not concerns_attempt(event):
            continue
        tracked = known[key]
        version = VERSIONS_PER_OFFSET * offset
        if tracked is None:
            known[key] = folded.written[key] = _opened(event, version)
        elif version <= tracked.version:
            # It is in the state already, and what that led to may not have been told: see ``streams.tracking``.
            folded.written[key] = tracked
            claimed.add(key)
        elif _advanced(tracked, event, version):
            folded.written[key] = tracked
            if tracked.claimed_version == version:
                claimed.add(key)
    folded.records = list(_told(folded.written, claimed))
    folded.windows = latest(window for _, _, event in events if (window := opened_by(event)))
    return folded


def _opened(event: Event, version: int) -> Tracked:
    month = event.received_at.astimezone(UTC).strftime("%Y-%m")
    return Tracked(version, month, 0, fold(None, event), event.received_at)


def _advanced(tracked: Tracked, event: Event, version: int) -> bool:
    """Fold one event in; whether that changed anything."""
    before = tracked.state
    after = fold(before, event)
    if after is before:
        return False
    if after.claim is not before.claim and _message(after) != _message(before):
        tracked.claimed_version = version
    tracked.state = after
    tracked.version = version
    return True


def _message(state: AttemptState) -> str | None:
    return state.claim.message_id if state.claim else None


def _told(written: Mapping[bytes, Tracked], claimed: set[bytes]) -> Iterable[Record]:
    for key, tracked in written.items():
        attempt = tracked.attempt()
        yield attempt
        if key in claimed and tracked.claimed_version:
            yield alias_of(attempt, tracked.claimed_version)


def _readable(records: Sequence[ConsumerRecord], folded: Folded) -> Iterable[tuple[bytes, int, Event]]:
    for record in records:
        try:
            event = _event(record)
        except MalformedEvent as error:
            folded.poison.append(unreadable(record, _provider(record), str(error)))
        else:
            yield record.key, record.offset, event


def _event(record: ConsumerRecord) -> Event:
    if record.value is None or record.key is None:
        raise MalformedEvent("a record without key or value")
    event = decode(record.value)
    if event.key.encode() != record.key:
        # Its versions come from this partition's offsets; another partition's worker knows that key.
        raise MalformedEvent("the record's key is not that of the event")
    sender = event.personal.sender if isinstance(event, Send) else None
    if max(len(record.key), len(event.code), len(event.reference or ""), len(sender or "")) > LONGEST_NAME:
        raise MalformedEvent(f"key, code, reference or sender of more than {LONGEST_NAME} characters")
    return event


def _provider(record: ConsumerRecord) -> str:
    return (record.key or b"").partition(b"/")[0].decode(errors="replace")


def _count(folded: Folded, event: Event) -> None:
    kind = (event.provider, type(event).__name__.lower())
    folded.kinds[kind] = folded.kinds.get(kind, 0) + 1
    if isinstance(event, (Send, Status)) and event.stage is Stage.UNKNOWN:
        folded.unknown[event.provider] = folded.unknown.get(event.provider, 0) + 1
