"""The one table of topics: name, key, partitions and configuration.

Topics that are read together have the same number of partitions, fixed at creation: a key's partition decides which
worker knows it. Nothing here is compacted but what only the latest value matters of.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

PARTITIONS: Final = 8
MAX_RECORD_BYTES: Final = 1_048_576
"""The broker's own default, said here since producers must cap what they take below it."""

KEPT_FOR_EVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
KEPT_A_MONTH: Final = {"cleanup.policy": "delete", "retention.ms": str(30 * 24 * 3600 * 1000), "retention.bytes": "-1"}
LATEST_ONLY: Final = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.2",
    "segment.ms": "3600000",
}
"""Closed hourly, since only closed segments are compacted: a store is recovered by reading what is left."""


class Topic(Struct, frozen=True, kw_only=True):
    """``key`` says what its records are keyed by; ``config`` is the broker's own topic configuration."""

    name: str
    key: str
    partitions: int = PARTITIONS
    config: Mapping[str, str] = {}


def _topic(name: str, key: str, kept: Mapping[str, str], partitions: int = PARTITIONS) -> Topic:
    return Topic(
        name=name,
        key=key,
        partitions=partitions,
        config={**kept, "max.message.bytes": str(MAX_RECORD_BYTES), "compression.type": "producer"},
    )


REQUESTS: Final = _topic("acuse.requests", "message_id", KEPT_FOR_EVER)
EVENTS: Final = _topic("acuse.events", "provider/ref", KEPT_FOR_EVER)
ATTEMPTS: Final = _topic("acuse.attempts", "message_id", KEPT_FOR_EVER)
"""Not compacted: a message has many attempts under one key."""
DECISIONS: Final = _topic("acuse.decisions", "message_id", KEPT_FOR_EVER)
CALLS: Final = _topic("acuse.calls", "message_id", KEPT_FOR_EVER)
WINDOWS: Final = _topic("acuse.windows", "contact", LATEST_ONLY)
UNPARSED: Final = _topic("acuse.unparsed", "provider", KEPT_FOR_EVER, partitions=1)
HEALTH: Final = _topic("acuse.health", "lane or group", LATEST_ONLY, partitions=1)
"""One partition, so that all who read it see what the judge wrote in the same order."""
ALERTS: Final = _topic("acuse.alerts", "lane", KEPT_FOR_EVER, partitions=1)
NOTICES: Final = _topic("acuse.notices", "notice_id", KEPT_A_MONTH, partitions=1)
"""What a notice tells is in decisions and events for ever; this is whether the caller's application took it."""

AUDIT: Final = _topic("acuse.audit", "message_id", KEPT_FOR_EVER, partitions=1)
"""Who was shown the numbers and texts of which message, and why."""

TRACKING_APP: Final = "acuse-tracking"
TRACKING_TABLE: Final = "attempts"
TRACKING_CHANGELOG: Final = _topic(f"{TRACKING_APP}-{TRACKING_TABLE}-changelog", "provider/ref", LATEST_ONLY)
"""What the tracking worker's local store is recovered from; the name is the one Faust looks for."""

DECIDING_APP: Final = "acuse-deciding"
DECIDING_TABLE: Final = "messages"
DECIDING_CHANGELOG: Final = _topic(f"{DECIDING_APP}-{DECIDING_TABLE}-changelog", "message_id", LATEST_ONLY)
"""The same for what decides. It holds what is to be sent and to whom, until the message is forgotten."""

TOPICS: Final = (
    REQUESTS,
    EVENTS,
    ATTEMPTS,
    DECISIONS,
    CALLS,
    WINDOWS,
    UNPARSED,
    HEALTH,
    ALERTS,
    NOTICES,
    AUDIT,
    TRACKING_CHANGELOG,
    DECIDING_CHANGELOG,
)
