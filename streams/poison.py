"""What is no record of its topic is set aside, and the rest goes on."""

from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from delivery.unparsed import Unparsed


def unreadable(record: ConsumerRecord, provider: str, error: str) -> Unparsed:
    """Named after its place in the topic, so that reading it again leaves the same record."""
    return Unparsed(
        provider=provider[:64] or "unknown",
        received_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        method="",
        path=f"{record.topic}/{record.partition}/{record.offset}",
        body=record.value or b"",
        error=error,
    )
