"""Unmaskings are in Kafka before anything is shown, or it is said that they are not."""

from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from acuse.audit import AuditTrail
from acuse.local.broker import Broker
from acuse.local.ports import free_port
from dashboards.unmasking import NotRecorded
from delivery.topics import AUDIT
from delivery.unmaskings import Unmasking, decode_unmasking

UNMASKING = Unmasking(
    unmasking_id="1", message_id="of the audit's test", at=datetime.now(UTC), who="ana", role="auditor", why="a reason"
)


async def test_what_was_recorded_is_in_kafka(broker: Broker) -> None:
    trail = AuditTrail(broker.bootstrap_servers, timeout_seconds=90)
    try:
        await trail.record(UNMASKING)
    finally:
        await trail.close()
    async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap_servers) as consumer:
        place = TopicPartition(AUDIT.name, 0)
        consumer.assign([place])
        await consumer.seek_to_end(place)
        consumer.seek(place, await consumer.position(place) - 1)
        record = await consumer.getone()
    assert record.key == UNMASKING.message_id.encode()
    assert decode_unmasking(record.value or b"") == UNMASKING


async def test_without_kafka_it_is_said_in_time() -> None:
    trail = AuditTrail(f"127.0.0.1:{free_port()}", timeout_seconds=0.5)
    try:
        with pytest.raises(NotRecorded, match="no connection to Kafka"):
            await trail.record(UNMASKING)
    finally:
        await trail.close()


async def test_nothing_is_connected_until_it_is_needed() -> None:
    await AuditTrail("127.0.0.1:1", timeout_seconds=0.5).close()
