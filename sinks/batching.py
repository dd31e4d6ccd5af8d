"""Records of several partitions, read into what they say, until they are enough to be written at once."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from aiokafka import ConsumerRecord, TopicPartition
from msgspec import Struct

from delivery import topics
from delivery.events import Event, MalformedEvent, decode
from delivery.standing import Alias, Attempt, decode_record
from delivery.unparsed import Unparsed, decode_unparsed
from sinks import metrics

Decoded = TypeVar("Decoded")

DECODERS: Final[Mapping[str, Callable[[bytes], object]]] = {
    topics.EVENTS.name: decode,
    topics.ATTEMPTS.name: decode_record,
    topics.UNPARSED.name: decode_unparsed,
}
TOPICS: Final = tuple(DECODERS)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Record(Struct, frozen=True, gc=False):
    """What is kept of a Kafka record; ``timestamp`` is in milliseconds since 1970.

    Not the library's own: a batch of these is nothing that the cyclic collector walks over and over.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None


@dataclass(slots=True)
class Rows(Generic[Decoded]):
    """What will be rows of one table, beside the record each came from."""

    values: list[Decoded] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: Decoded, record: Record) -> None:
        self.values.append(value)
        self.records.append(record)

    def pick(self, places: Sequence[int]) -> "Rows[Decoded]":
        return Rows([self.values[at] for at in places], [self.records[at] for at in places])


@dataclass(slots=True)
class Batch:
    """``next_offsets`` is what may be committed once all of it is stored; ``first_offsets`` where each began.

    ``prepared`` holds the events in columns, where that was done beforehand.
    """

    events: Rows[Event] = field(default_factory=Rows)
    attempts: Rows[Attempt] = field(default_factory=Rows)
    aliases: Rows[Alias] = field(default_factory=Rows)
    unparsed: Rows[Unparsed] = field(default_factory=Rows)
    first_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    records: int = 0
    bytes: int = 0
    newest_timestamp: int = 0
    prepared: list[pa.Table] | None = None

    def add(self, place: TopicPartition, fetched: Sequence[ConsumerRecord]) -> None:
        """Takes records that follow each other in one partition; what cannot be read becomes ``unparsed``."""
        if not fetched:
            return
        with _no_collection():
            topic, partition = place
            records = [Record(topic, partition, each.offset, each.timestamp, each.value) for each in fetched]
            values = _read(records, DECODERS[topic])
        self._sort(place.topic, values, records)
        self.first_offsets.setdefault(place, records[0].offset)
        self.next_offsets[place] = records[-1].offset + 1
        self.records += len(records)
        self.bytes += sum([len(record.value or b"") for record in records])
        self.newest_timestamp = max(self.newest_timestamp, records[-1].timestamp)

    def _sort(self, topic: str, values: list[object], records: Sequence[Record]) -> None:
        if topic == topics.EVENTS.name and Unparsed not in set(map(type, values)):
            # Nearly all there is: taken whole.
            self.events.values.extend(values)  # type: ignore[arg-type]  # this topic's decoder yields events alone
            self.events.records.extend(records)
            return
        for value, record in zip(values, records, strict=True):
            match value:
                case Attempt():
                    self.attempts.add(value, record)
                case Alias():
                    self.aliases.add(value, record)
                case Unparsed():
                    self.unparsed.add(value, record)
                case _:
                    self.events.add(value, record)  # type: ignore[arg-type]  # nothing else is left


def unreadable(record: Record, error: str) -> Unparsed:
    """A Kafka record that cannot become a row, as it is kept: its value, and why."""
    metrics.UNREADABLE.labels(record.topic).inc()
    return Unparsed(
        provider="",
        received_at=EPOCH + timedelta(milliseconds=max(record.timestamp, 0)),
        method="",
        path=f"{record.topic}/{record.partition}/{record.offset}",
        body=record.value or b"",
        error=error,
    )


def _read(records: Sequence[Record], decoder: Callable[[bytes], object]) -> list[object]:
    try:
        return [decoder(record.value or b"") for record in records]
    except MalformedEvent:
        return [_read_one(record, decoder) for record in records]


def _read_one(record: Record, decoder: Callable[[bytes], object]) -> object:
    try:
        return decoder(record.value or b"")
    except MalformedEvent as error:
        return unreadable(record, str(error))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keeps the cyclic collector from walking a growing heap that has no cycles: a third of the time of decoding."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
