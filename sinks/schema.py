"""The projection's tables, their columns in the order in which they are written, and the type of each on the wire.

Engines, codecs and meanings are in ``migrations``; a test holds these columns to what the database itself describes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

TEXT: Final = pa.string()
BYTES: Final = pa.binary()
FLAG: Final = pa.bool_()
COUNT: Final = pa.uint32()
NUMBER: Final = pa.uint64()
WHOLE: Final = pa.int64()
FRACTION: Final = pa.float64()
MONEY_DIGITS: Final = 10
"""After the point; what is finer is rounded."""
MONEY: Final = pa.decimal128(38, MONEY_DIGITS)
MOMENT: Final = pa.timestamp("us", "UTC")
MILLISECOND: Final = pa.timestamp("ms", "UTC")

RECORD_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "_topic": TEXT,
    "_partition": COUNT,
    "_offset": NUMBER,
    "_timestamp": MILLISECOND,
}
"""Where in Kafka a row came from."""


@dataclass(frozen=True, slots=True)
class Table:
    """``append`` tables have a row for every record; of the others only the latest version of each row counts.

    ``moment`` is the column by whose month an append table is partitioned.
    """

    name: str
    append: bool
    types: Mapping[str, pa.DataType]
    moment: str = "received_at"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.types)


EVENTS: Final = Table(
    "events",
    append=True,
    types={
        "provider": TEXT,
        "ref": TEXT,
        "kind": TEXT,
        "event_id": TEXT,
        "channel": TEXT,
        "stage": TEXT,
        "reason": TEXT,
        "final": FLAG,
        "code": TEXT,
        "code_text": TEXT,
        "occurred_at": MOMENT,
        "zone": TEXT,
        "precision": TEXT,
        "occurred_text": TEXT,
        "received_at": MOMENT,
        "scheduled_for": MOMENT,
        "elapsed_seconds": FRACTION,
        "timed": FLAG,
        "message_id": TEXT,
        "reference": TEXT,
        "country": TEXT,
        "number_type": TEXT,
        "carrier": TEXT,
        "handle": TEXT,
        "step": WHOLE,
        "tries": WHOLE,
        "source": TEXT,
        "payload_sha256": TEXT,
        "payload_index": COUNT,
        "payload_count": COUNT,
        "recipient": TEXT,
        "sender": TEXT,
        "recipient_name": TEXT,
        "sender_name": TEXT,
        "text": TEXT,
        "raw": BYTES,
        "content_type": TEXT,
        "request": BYTES,
        "reply_id": TEXT,
        "answers_attempt": FLAG,
        **RECORD_COLUMNS,
    },
)

ATTEMPTS: Final = Table(
    "attempts",
    append=False,
    types={
        "provider": TEXT,
        "ref": TEXT,
        "channel": TEXT,
        "message_id": TEXT,
        "derived_message_id": TEXT,
        "stage": TEXT,
        "reason": TEXT,
        "code": TEXT,
        "final": FLAG,
        "revised": FLAG,
        "contradictions": pa.uint8(),
        "opened_at": MOMENT,
        "updated_at": MOMENT,
        "closed_at": MOMENT,
        "handed_at": MOMENT,
        "scheduled_at": MOMENT,
        "queued_at": MOMENT,
        "sent_at": MOMENT,
        "delivered_at": MOMENT,
        "seen_at": MOMENT,
        "failed_at": MOMENT,
        "replied_at": MOMENT,
        "delivery_seconds": FRACTION,
        "clock": TEXT,
        "country": TEXT,
        "number_type": TEXT,
        "carrier": TEXT,
        "reference": TEXT,
        "sender": TEXT,
        "step": WHOLE,
        "tries": WHOLE,
        "expected_cost": MONEY,
        "state": BYTES,
        "version": NUMBER,
        "month": TEXT,
        "heard_at": MOMENT,
        **RECORD_COLUMNS,
    },
)

ALIASES: Final = Table(
    "aliases",
    append=False,
    types={
        "retired": TEXT,
        "message_id": TEXT,
        "provider": TEXT,
        "ref": TEXT,
        "version": NUMBER,
        **RECORD_COLUMNS,
    },
)

UNPARSED: Final = Table(
    "unparsed",
    append=True,
    types={
        "unparsed_id": TEXT,
        "provider": TEXT,
        "received_at": MOMENT,
        "method": TEXT,
        "path": TEXT,
        "query": TEXT,
        "headers": pa.map_(TEXT, TEXT),
        "content_type": TEXT,
        "body": BYTES,
        "error": TEXT,
        **RECORD_COLUMNS,
    },
)

ORDER_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "send_at": MOMENT,
    "ttl_seconds": WHOLE,
    "priority": TEXT,
    "store": TEXT,
    "reference": TEXT,
    "country": TEXT,
}
"""What an order says beside its provider and channel, and without what is personal."""

CONTENT_COLUMNS: Final[Mapping[str, pa.DataType]] = {"recipient": TEXT, "sender": TEXT, "text": TEXT, "content": BYTES}
"""What of an order is personal."""

REQUESTS: Final = Table(
    "requests",
    append=True,
    types={
        "message_id": TEXT,
        "kind": TEXT,
        "received_at": MOMENT,
        "provider": TEXT,
        "channel": TEXT,
        **ORDER_COLUMNS,
        "on_doubt": TEXT,
        "begins_at": MOMENT,
        "plan": TEXT,
        "plan_version": TEXT,
        "outline": BYTES,
        "step": WHOLE,
        "tries": WHOLE,
        "finding": TEXT,
        "ref": TEXT,
        "resend": FLAG,
        **CONTENT_COLUMNS,
        **RECORD_COLUMNS,
    },
)

DECIDED_COLUMNS: Final[Mapping[str, pa.DataType]] = {
    "expires_at": MOMENT,
    "waits": FLAG,
    "choice": WHOLE,
    "cost": MONEY,
    "until": MOMENT,
    "outcome": TEXT,
    "extra_cost": MONEY,
    "added_seconds": FRACTION,
    "rule": TEXT,
    "plan": TEXT,
    "plan_version": TEXT,
    "timer": MOMENT,
    "reason": TEXT,
    "spent": MONEY,
    "grounds": BYTES,
}
"""What decisions by a plan say, and what they rest on."""

DECISIONS: Final = Table(
    "decisions",
    append=True,
    moment="decided_at",
    types={
        "message_id": TEXT,
        "decision_id": TEXT,
        "kind": TEXT,
        "decided_at": MOMENT,
        "why": TEXT,
        "provider": TEXT,
        "channel": TEXT,
        "step": WHOLE,
        "tries": WHOLE,
        "on_doubt": TEXT,
        **DECIDED_COLUMNS,
        **ORDER_COLUMNS,
        "ref": TEXT,
        "handle": TEXT,
        "round": WHOLE,
        "finding": TEXT,
        "resend": FLAG,
        **CONTENT_COLUMNS,
        **RECORD_COLUMNS,
    },
)

CALLS: Final = Table(
    "calls",
    append=True,
    moment="at",
    types={
        "message_id": TEXT,
        "decision_id": TEXT,
        "kind": TEXT,
        "at": MOMENT,
        "provider": TEXT,
        "claim": TEXT,
        "decision_offset": NUMBER,
        "step": WHOLE,
        "result": TEXT,
        "refs": pa.list_(TEXT),
        "code": TEXT,
        "text": TEXT,
        "reason": TEXT,
        "tries": WHOLE,
        "status": WHOLE,
        "looked_up": FLAG,
        "why": TEXT,
        "request": BYTES,
        "raw": BYTES,
        "content_type": TEXT,
        **RECORD_COLUMNS,
    },
)

ALERTS: Final = Table(
    "alerts",
    append=True,
    moment="at",
    types={
        "alert_id": TEXT,
        "state": TEXT,
        "about": TEXT,
        "provider": TEXT,
        "channel": TEXT,
        "country": TEXT,
        "at": MOMENT,
        "opened_at": MOMENT,
        "value": FRACTION,
        "threshold": FRACTION,
        "usual": FRACTION,
        "text": TEXT,
        "measure": BYTES,
        **RECORD_COLUMNS,
    },
)

NOTICES: Final = Table(
    "notices",
    append=True,
    moment="at",
    types={
        "message_id": TEXT,
        "notice_id": TEXT,
        "type": TEXT,
        "about": TEXT,
        "at": MOMENT,
        "result": TEXT,
        "tries": WHOLE,
        "status": WHOLE,
        "why": TEXT,
        **RECORD_COLUMNS,
    },
)

UNMASKINGS: Final = Table(
    "unmaskings",
    append=True,
    moment="at",
    types={
        "unmasking_id": TEXT,
        "message_id": TEXT,
        "at": MOMENT,
        "who": TEXT,
        "role": TEXT,
        "why": TEXT,
        **RECORD_COLUMNS,
    },
)

TABLES: Final = (EVENTS, ATTEMPTS, ALIASES, UNPARSED, REQUESTS, DECISIONS, CALLS, ALERTS, NOTICES, UNMASKINGS)

KEPT_BY_THE_ENGINE: Final = (
    *("outcomes_of_attempts", "outcomes"),
    *("replies_of_events", "replies"),
    *("words_of_events", "code_words"),
    *("journeys_of_requests", "journeys_of_decisions", "journeys"),
)
"""Views that follow tables of the projection, each before the table that it fills; nobody else writes these."""
