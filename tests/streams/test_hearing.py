"""Up to when what was received has become attempts, asked of a real broker."""

import asyncio
import contextlib
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.deciding.hearing import Hearing


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def hearing_of(ground):
    topics = ground.topics
    hearing = Hearing(
        ground.broker.bootstrap_servers,
        topic=topics.events,
        partitions=topics.events_partitions,
        group=topics.tracking_group,
        clock=utc_now,
    )
    running = asyncio.create_task(hearing.run())
    try:
        yield hearing
    finally:
        running.cancel()
        await asyncio.wait([running])


async def commit(ground) -> None:
    """Stands in for tracking: commits what there is, and nothing of partitions in which there is nothing."""
    servers, group = ground.broker.bootstrap_servers, ground.topics.tracking_group
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(ground.topics.events, number) for number in range(ground.topics.events_partitions)]
    ends = await consumer.end_offsets(places)
    consumer.assign(places)
    await consumer.commit({place: end for place, end in ends.items() if end})
    await consumer.stop()


async def test_what_was_received_is_taken_in_once_tracking_has_committed_it(deciding_ground) -> None:
    ground = deciding_ground
    async with hearing_of(ground) as hearing:
        began = utc_now()
        # Nothing was ever received, so nothing is missing.
        await ground.eventually(lambda: _true(hearing.until() > began))
        await ground.write(ground.topics.events, [(b"k", b"v")])
        written = utc_now()
        for _ in range(10):
            await asyncio.sleep(0.1)
            assert hearing.until() < written
        await commit(ground)
        await ground.eventually(lambda: _true(hearing.until() > written))


async def _true(said: bool) -> bool | None:
    return said or None
