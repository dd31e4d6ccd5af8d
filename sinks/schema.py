"""The projection's tables and their columns, in the order in which rows are built.

Types, engines and meanings are in ``migrations``; a test holds these names to what the database itself describes.
"""

from typing import Final

from msgspec import Struct

RECORD_COLUMNS: Final = ("_topic", "_partition", "_offset", "_timestamp")
"""Where in Kafka a row came from."""


class Table(Struct, frozen=True):
    """``append`` tables have a row for every record; of the others only the latest version of each row counts."""

    name: str
    append: bool
    columns: tuple[str, ...]


EVENTS: Final = Table(
    "events",
    append=True,
    columns=(
        "provider",
        "ref",
        "kind",
        "event_id",
        "channel",
        "stage",
        "reason",
        "final",
        "code",
        "code_text",
        "occurred_at",
        "zone",
        "precision",
        "occurred_text",
        "received_at",
        "scheduled_for",
        "elapsed_seconds",
        "timed",
        "message_id",
        "reference",
        "country",
        "source",
        "payload_sha256",
        "payload_index",
        "payload_count",
        "recipient",
        "sender",
        "recipient_name",
        "sender_name",
        "text",
        "raw",
        "content_type",
        "reply_id",
        "answers_attempt",
        *RECORD_COLUMNS,
    ),
)

ATTEMPTS: Final = Table(
    "attempts",
    append=False,
    columns=(
        "provider",
        "ref",
        "channel",
        "message_id",
        "derived_message_id",
        "stage",
        "reason",
        "code",
        "final",
        "revised",
        "contradictions",
        "opened_at",
        "updated_at",
        "closed_at",
        "handed_at",
        "scheduled_at",
        "queued_at",
        "sent_at",
        "delivered_at",
        "seen_at",
        "failed_at",
        "replied_at",
        "delivery_seconds",
        "clock",
        "country",
        "reference",
        "state",
        "version",
        "month",
        *RECORD_COLUMNS,
    ),
)

ALIASES: Final = Table(
    "aliases",
    append=False,
    columns=("retired", "message_id", "provider", "ref", "version", *RECORD_COLUMNS),
)

UNPARSED: Final = Table(
    "unparsed",
    append=True,
    columns=(
        "unparsed_id",
        "provider",
        "received_at",
        "method",
        "path",
        "query",
        "headers",
        "content_type",
        "body",
        "error",
        *RECORD_COLUMNS,
    ),
)

TABLES: Final = (EVENTS, ATTEMPTS, ALIASES, UNPARSED)
