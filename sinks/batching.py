"""Records of several partitions, read into what they say, until they are enough to be written at once.

Events, which are nearly all there is, are put into columns a portion at a time: what a portion takes is still in the
processor's cache when it is decoded, put into columns and freed, and the three cost little more than half of what
they do for a whole batch at once. A portion is of all partitions that were fetched from together: forty columns of
twelve rows cost as much as of a hundred.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from aiokafka import ConsumerRecord, TopicPartition

from delivery import topics
from delivery.events import decode
from delivery.standing import Alias, Attempt, decode_record
from delivery.unparsed import Unparsed, decode_unparsed
from sinks.appends import APPENDS
from sinks.fitting import fitting, readable
from sinks.rows import Record, Rows, event_columns
from sinks.schema import EVENTS

TOPICS: Final = (topics.EVENTS.name, topics.ATTEMPTS.name, topics.UNPARSED.name, *APPENDS)

PORTION: Final = 1_000
"""How many records are best taken from the consumer at a time: from 250 to 2,000 there is little difference."""


@dataclass(slots=True)
class Batch:
    """``next_offsets`` is what may be committed once all of it is stored; ``first_offsets`` where each began.

    ``events`` are in columns already, a table a portion; ``appends`` are the topics of ``APPENDS``.
    """

    events: list[pa.Table] = field(default_factory=list)
    attempts: Rows[Attempt] = field(default_factory=Rows)
    aliases: Rows[Alias] = field(default_factory=Rows)
    unparsed: Rows[Unparsed] = field(default_factory=Rows)
    appends: Mapping[str, Rows[Any]] = field(default_factory=lambda: {topic: Rows() for topic in APPENDS})
    first_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    records: int = 0
    bytes: int = 0
    newest_timestamp: int = 0

    def add(self, fetched: Mapping[TopicPartition, list[ConsumerRecord]]) -> None:
        """Takes records that follow each other in their partitions; what cannot be read becomes ``unparsed``."""
        told: list[ConsumerRecord] = []
        for place, records in fetched.items():
            if not records:
                continue
            if place.topic == topics.EVENTS.name:
                told += records
            else:
                self._decode(place.topic, records)
            self._count(place, records)
        if told:
            self.events.append(fitting(EVENTS, event_columns, readable(decode, told, self.unparsed), self.unparsed))

    def _decode(self, topic: str, fetched: list[ConsumerRecord]) -> None:
        if topic == topics.ATTEMPTS.name:
            self._sort(readable(decode_record, _to_keep(fetched), self.unparsed))
        elif topic == topics.UNPARSED.name:
            self.unparsed.extend(readable(decode_unparsed, _to_keep(fetched), self.unparsed))
        else:
            self.appends[topic].extend(readable(APPENDS[topic].decode, _to_keep(fetched), self.unparsed))

    def _count(self, place: TopicPartition, fetched: list[ConsumerRecord]) -> None:
        self.first_offsets.setdefault(place, fetched[0].offset)
        self.next_offsets[place] = fetched[-1].offset + 1
        self.records += len(fetched)
        self.bytes += sum([len(record.value or b"") for record in fetched])
        self.newest_timestamp = max(self.newest_timestamp, fetched[-1].timestamp)

    def _sort(self, rows: Rows[Attempt | Alias]) -> None:
        for value, record in zip(rows.values, rows.records, strict=True):
            if isinstance(value, Attempt):
                self.attempts.add(value, record)
            else:
                self.aliases.add(value, record)


def _to_keep(fetched: list[ConsumerRecord]) -> list[Record]:
    return [Record(each.topic, each.partition, each.offset, each.timestamp, each.value) for each in fetched]
