import asyncio
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from acuse.local.broker import Broker
from acuse.local.ports import free_port

TOPIC = "acuse.unparsed"


async def test_acknowledged_records_survive_a_kill(broker: Broker) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, enable_idempotence=True) as producer:
        stored = await producer.send_and_wait(TOPIC, b"kept", key=b"test_broker")
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(90):
            async for record in consumer:
                if record.offset == stored.offset:
                    assert record.value == b"kept"
                    break


def test_a_storage_is_formatted_whatever_its_identity_begins_with(tmp_path, monkeypatch) -> None:
    """One identity in 64 is written with a dash at its beginning, as options are."""
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xfb" * 16, version=4))
    broker = Broker(tmp_path / "kafka", free_port())
    broker.prepare()
    written = (tmp_path / "kafka" / "log" / "meta.properties").read_text()
    assert "cluster.id=-_v7" in written
