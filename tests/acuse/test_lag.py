"""How far behind readers are, as a real Kafka has it; and that it is said in time where Kafka is away."""

import base64

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from acuse.lag import KafkaLag, Readers, readers_of
from acuse.local.broker import Broker
from acuse.local.ports import free_port
from acuse.settings import Settings
from dashboards.flow.lag import LagUnknown
from delivery.topics import EVENTS, WINDOWS

MINE = Readers("tracking", "the-lags-own-test", (EVENTS.name, WINDOWS.name, "acuse.not-there"))


async def test_it_is_the_end_less_what_was_committed(broker: Broker) -> None:
    idle = Readers("sink", "of-nobody", (EVENTS.name,))
    lag = KafkaLag(broker.bootstrap_servers, [MINE, idle], timeout_seconds=90, clock=iter(range(0, 1000, 10)).__next__)
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers) as producer:
        sent = [await producer.send_and_wait(WINDOWS.name, b"x", key=b"k", partition=part) for part in (0, 0, 1)]
    before = {each.topic: each for each in await lag.read()}
    assert (before[WINDOWS.name].behind, before[WINDOWS.name].members) == (None, 0)
    assert before[WINDOWS.name].partitions == WINDOWS.partitions
    assert before["acuse.not-there"].partitions == 0
    async with AIOKafkaConsumer(
        WINDOWS.name, bootstrap_servers=broker.bootstrap_servers, group_id=MINE.group, enable_auto_commit=False
    ) as consumer:
        await consumer.getmany(timeout_ms=100)
        ends = await consumer.end_offsets(consumer.assignment())
        await consumer.commit({place: end for place, end in ends.items() if place.partition != 0})
        await consumer.commit({TopicPartition(WINDOWS.name, 0): sent[0].offset})
        (read,) = (each for each in await lag.read() if each.topic == WINDOWS.name)
    assert (read.behind, read.members, read.role) == (
        ends[TopicPartition(WINDOWS.name, 0)] - sent[0].offset,
        1,
        "tracking",
    )
    assert read.records >= len(sent)


async def test_it_is_asked_once_for_all_who_ask_together(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    lag = KafkaLag(broker.bootstrap_servers, [MINE], timeout_seconds=90, clock=lambda: 5.0)
    first = await lag.read()
    monkeypatch.setattr(lag, "_bootstrap_servers", "127.0.0.1:1")
    assert await lag.read() is first


async def test_without_kafka_it_is_said_in_time() -> None:
    lag = KafkaLag(f"127.0.0.1:{free_port()}", [MINE], timeout_seconds=0.5)
    with pytest.raises(LagUnknown, match="Kafka"):
        await lag.read()


def test_every_role_that_reads_is_named() -> None:
    assert [each.role for each in readers_of(Settings())] == ["tracking", "deciding", "dispatch", "sink"]
    secret = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    told = Settings.model_validate({"notify": {"url": "https://app.example/notices", "secrets": [secret]}})
    assert {each.role: each.group for each in readers_of(told)}["notify"] == "acuse-notify"
