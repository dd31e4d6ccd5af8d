"""What decoded records become in each table: columns, a list at a time.

One list comprehension over many rows for each column costs a fraction of a row at a time, and Arrow carries the
columns to the engine at a third of the cost of the client's own format.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
from msgspec import Struct

from delivery.attempts import AttemptState
from delivery.events import Event, Reply, Send, Status
from delivery.stages import FAILURES, Stage
from delivery.standing import Alias, Attempt
from delivery.unparsed import Unparsed
from sinks.money import money_column
from sinks.schema import MOMENT, Table

Columns = dict[str, Sequence[Any]]
Decoded = TypeVar("Decoded")

KINDS: Final[Mapping[type, str]] = {Send: "send", Status: "status", Reply: "reply"}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SINCE_EPOCH: Final = pa.duration("us")

# The same facts are the same text, in whatever order they were learnt.
_encode_state: Final = msgspec.json.Encoder(order="deterministic").encode
_state_decoder: Final = msgspec.json.Decoder(AttemptState)


class Record(Struct, frozen=True, gc=False):
    """A Kafka record, as much of it as rows tell; ``timestamp`` is in milliseconds since 1970.

    The library's own has all this too, and will do where it is not kept: a batch of these is nothing that the cyclic
    collector walks over and over.
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

    def extend(self, others: "Rows[Decoded]") -> None:
        self.values.extend(others.values)
        self.records.extend(others.records)

    def pick(self, places: Sequence[int]) -> "Rows[Decoded]":
        return Rows([self.values[at] for at in places], [self.records[at] for at in places])


def arrow_table(table: Table, columns: Columns) -> pa.Table:
    """Raises ``ValueError`` or ``OverflowError`` where a value does not fit its column."""
    arrays = [_array(columns[name], kind) for name, kind in table.types.items()]
    return pa.table(arrays, names=list(table.types))


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if _is_constant(values):
        # Half of the columns are, of what comes in together; each value on its own would cost ten times as much.
        return pa.repeat(_array(values[:1], kind)[0], len(values)) if len(values) > 1 else _converted(values, kind)
    return _converted(values, kind)


def _is_constant(values: Sequence[Any]) -> bool:
    """Whether all are equal; two looks before they are counted, which is wasted where they differ."""
    if not values:
        return False
    first, last = values[0], values[-1]
    return bool(first == last == values[len(values) // 2]) and values.count(first) == len(values)


def _converted(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == MOMENT:
        # Whole microseconds, at a third of what Arrow takes for datetimes, which it asks for their zone one by one.
        return pa.array([None if at is None else at - EPOCH for at in values], SINCE_EPOCH).view(MOMENT)
    return pa.array(values, kind)


def read_state(stored: bytes | str) -> AttemptState:
    """The state in a row of ``attempts``."""
    return _state_decoder.decode(stored)


def event_columns(rows: Rows[Event]) -> Columns:
    events = rows.values
    personal = [event.personal for event in events]
    occurred = [event.occurred for event in events]
    payloads = [event.payload for event in events]
    told = [None if isinstance(event, Reply) else event for event in events]
    statuses = [event if isinstance(event, Status) else None for event in events]
    replies = [event if isinstance(event, Reply) else None for event in events]
    return {
        "provider": [event.provider for event in events],
        "ref": [event.ref for event in events],
        "kind": [KINDS[type(event)] for event in events],
        "event_id": [event.event_id for event in events],
        "channel": [event.channel for event in events],
        "stage": [event and event.stage for event in told],
        "reason": [event and event.reason for event in told],
        "final": [event is not None and event.final for event in told],
        "code": [event.code for event in events],
        "code_text": [event.code_text for event in events],
        "occurred_at": [claim and claim.at for claim in occurred],
        "zone": [claim and claim.zone for claim in occurred],
        "precision": [claim and claim.precision for claim in occurred],
        "occurred_text": [claim and claim.text for claim in occurred],
        "received_at": [event.received_at for event in events],
        "scheduled_for": [event.scheduled_for if isinstance(event, Send) else None for event in events],
        "elapsed_seconds": [status and status.elapsed_seconds for status in statuses],
        "timed": [status is None or status.timed for status in statuses],
        "message_id": [event.message_id for event in events],
        "reference": [event.reference for event in events],
        "country": [event.country for event in events],
        "number_type": [event.number_type for event in events],
        "carrier": [event.carrier for event in events],
        "handle": [event.handle for event in events],
        "step": [event.step for event in events],
        "tries": [event.tries for event in events],
        "source": [event.source for event in events],
        "payload_sha256": [payload.sha256 for payload in payloads],
        "payload_index": [payload.index for payload in payloads],
        "payload_count": [payload.count for payload in payloads],
        "recipient": [part.recipient for part in personal],
        "sender": [part.sender for part in personal],
        "recipient_name": [part.recipient_name for part in personal],
        "sender_name": [part.sender_name for part in personal],
        "text": [part.text for part in personal],
        "raw": [part.raw for part in personal],
        "content_type": [part.content_type for part in personal],
        "request": [part.request for part in personal],
        "reply_id": [reply.reply_id if reply else "" for reply in replies],
        "answers_attempt": [reply is not None and reply.answers_attempt for reply in replies],
        **record_columns(rows.records),
    }


def attempt_columns(rows: Rows[Attempt]) -> Columns:
    attempts = rows.values
    times = [attempt.times for attempt in attempts]
    states = [attempt.state for attempt in attempts]

    def reached(stage: Stage) -> list[datetime | None]:
        return [by_stage.get(stage) for by_stage in times]

    return {
        "provider": [attempt.provider for attempt in attempts],
        "ref": [attempt.ref for attempt in attempts],
        "channel": [attempt.channel for attempt in attempts],
        "message_id": [attempt.message_id for attempt in attempts],
        "derived_message_id": [attempt.derived_message_id for attempt in attempts],
        "stage": [attempt.stage for attempt in attempts],
        "reason": [attempt.reason for attempt in attempts],
        "code": [attempt.code for attempt in attempts],
        "final": [attempt.final for attempt in attempts],
        "revised": [attempt.revised for attempt in attempts],
        "contradictions": [len(attempt.contradictions) for attempt in attempts],
        "opened_at": [attempt.opened_at for attempt in attempts],
        "updated_at": [attempt.updated_at for attempt in attempts],
        "closed_at": [attempt.closed_at for attempt in attempts],
        "handed_at": [state.send and state.send.at for state in states],
        "scheduled_at": reached(Stage.SCHEDULED),
        "queued_at": reached(Stage.QUEUED),
        "sent_at": reached(Stage.SENT),
        "delivered_at": reached(Stage.DELIVERED),
        "seen_at": reached(Stage.SEEN),
        "failed_at": [_first_failure(by_stage) for by_stage in times],
        "replied_at": [attempt.replied_at for attempt in attempts],
        "delivery_seconds": [attempt.delivery_seconds for attempt in attempts],
        "clock": [attempt.clock for attempt in attempts],
        "country": [attempt.country for attempt in attempts],
        "number_type": [attempt.number_type for attempt in attempts],
        "carrier": [attempt.carrier for attempt in attempts],
        "reference": [attempt.reference for attempt in attempts],
        "sender": [attempt.sender for attempt in attempts],
        "step": [attempt.step for attempt in attempts],
        "tries": [attempt.tries for attempt in attempts],
        "expected_cost": money_column(attempt.expected_cost for attempt in attempts),
        "state": [_encode_state(state) for state in states],
        "version": [attempt.version for attempt in attempts],
        "month": [attempt.month for attempt in attempts],
        "heard_at": [attempt.heard_at for attempt in attempts],
        **record_columns(rows.records),
    }


def alias_columns(rows: Rows[Alias]) -> Columns:
    aliases = rows.values
    return {
        "retired": [alias.retired for alias in aliases],
        "message_id": [alias.message_id for alias in aliases],
        "provider": [alias.provider for alias in aliases],
        "ref": [alias.ref for alias in aliases],
        "version": [alias.version for alias in aliases],
        **record_columns(rows.records),
    }


def unparsed_columns(rows: Rows[Unparsed]) -> Columns:
    kept = rows.values
    return {
        "unparsed_id": [unparsed.unparsed_id for unparsed in kept],
        "provider": [unparsed.provider for unparsed in kept],
        "received_at": [unparsed.received_at for unparsed in kept],
        "method": [unparsed.method for unparsed in kept],
        "path": [unparsed.path for unparsed in kept],
        "query": [unparsed.query for unparsed in kept],
        "headers": [list(unparsed.headers.items()) for unparsed in kept],
        "content_type": [unparsed.content_type for unparsed in kept],
        "body": [unparsed.body for unparsed in kept],
        "error": [unparsed.error for unparsed in kept],
        **record_columns(rows.records),
    }


def record_columns(records: Sequence[Record]) -> Columns:
    return {
        "_topic": [record.topic for record in records],
        "_partition": [record.partition for record in records],
        "_offset": [record.offset for record in records],
        "_timestamp": [record.timestamp for record in records],
    }


def _first_failure(times: Mapping[Stage, datetime]) -> datetime | None:
    return min([at for stage, at in times.items() if stage in FAILURES], default=None)
