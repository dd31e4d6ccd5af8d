import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from acuse.local.broker import Broker

TOPIC = "acuse.unparsed"


async def test_acknowledged_records_survive_a_kill(broker: Broker) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, enable_idempotence=True) as producer:
        stored = await producer.send_and_wait(TOPIC, b"kept", key=b"test_broker")
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(20):
            async for record in consumer:
                if record.offset == stored.offset:
                    assert record.value == b"kept"
                    break
