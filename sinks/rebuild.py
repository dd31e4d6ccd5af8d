"""Drops the projection and makes it anew from Kafka, which keeps every topic of it for ever.

The group's offsets are set back first and committed as the rebuild goes on. If it breaks off anywhere, the sink (or a
rebuild run again) goes on from there, and what was stored twice is skipped or replaces itself.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from sinks.batching import PORTION, TOPICS, Batch
from sinks.client import on_cluster, open_client
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.migrate import migrate
from sinks.offsets import StoredOffsets
from sinks.schema import KEPT_BY_THE_ENGINE, TABLES
from sinks.service import open_consumer
from sinks.writer import Writer

Progress = Callable[[int, int], None]

IDLE_STATES: Final = frozenset({"Empty", "Dead"})
STALLED_SECONDS: Final = 60.0
MIGRATION_LEDGER: Final = "migrations"


class GroupIsActive(RuntimeError):
    """A sink is running; nothing was touched."""


class RebuildStalled(RuntimeError):
    """Kafka gave nothing for a minute though there is more; what was rebuilt so far stays."""


async def rebuild(config: SinkConfig, clickhouse: ClickHouseConfig, progress: Progress) -> int:
    """Returns how many records were read: all that the topics held when it began.

    ``progress`` is called with the records read and the records in all. Raises ``GroupIsActive`` before any change
    while the sink's group has members, ``RebuildStalled``, or what the broker or ClickHouse raise at the start; later
    troubles of ClickHouse are waited out.
    """
    places = await _places_unless_active(config)
    consumer = open_consumer(replace(config, instance_id=None))
    await consumer.start()
    try:
        consumer.assign(places)
        begins: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        await consumer.commit(begins)
        await asyncio.to_thread(_start_afresh, clickhouse)
        for place, offset in begins.items():
            consumer.seek(place, offset)
        return await _replay(consumer, Writer(config, clickhouse), config, begins, ends, progress)
    finally:
        await consumer.stop()


async def _replay(
    consumer: Any,
    writer: Writer,
    config: SinkConfig,
    begins: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    progress: Progress,
) -> int:
    total = sum(ends.values()) - sum(begins.values())
    reached, stored, abandoned, done = dict(begins), StoredOffsets(), threading.Event(), 0
    progress(0, total)
    try:
        while any(reached[place] < end for place, end in ends.items()):
            batch = await _read(consumer, config)
            await asyncio.to_thread(writer.write, batch, stored, abandoned)
            await consumer.commit(batch.next_offsets)
            reached.update(batch.next_offsets)
            done += batch.records
            # Records that came meanwhile are carried over too, but were not counted on.
            progress(min(done, total), total)
    finally:
        abandoned.set()
        await asyncio.to_thread(writer.close)
    return done


async def _read(consumer: Any, config: SinkConfig) -> Batch:
    batch = Batch()
    while batch.records < config.batch_rows and batch.bytes < config.batch_bytes:
        wait_ms = int(config.batch_seconds * 1000) if batch.records else int(STALLED_SECONDS * 1000)
        room = min(config.batch_rows - batch.records, PORTION)
        fetched = await consumer.getmany(timeout_ms=wait_ms, max_records=room)
        if not fetched:
            break
        batch.add(fetched)
    if not batch.records:
        raise RebuildStalled(
            f"Kafka gave no record for {STALLED_SECONDS:.0f} s: see that the broker is well; "
            "the sink goes on from here when it is started, or run `acuse rebuild` again"
        )
    return batch


def _start_afresh(clickhouse: ClickHouseConfig) -> None:
    client = open_client(clickhouse, readonly=False)
    try:
        for name in (*KEPT_BY_THE_ENGINE, *(table.name for table in TABLES), MIGRATION_LEDGER):
            client.command(f"DROP TABLE IF EXISTS {name}{on_cluster(clickhouse.cluster)} SYNC")
        migrate(client, cluster=clickhouse.cluster)
    finally:
        client.close()


async def _places_unless_active(config: SinkConfig) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=config.bootstrap_servers)
    await admin.start()
    try:
        for answer in await admin.describe_consumer_groups([config.group_id]):
            for group in answer.groups:
                state, members = group[2], group[5]
                if state not in IDLE_STATES:
                    raise GroupIsActive(
                        f"{len(members)} sink(s) of group {config.group_id} are running ({state}): "
                        "stop them, wait until their session has timed out (10 s), and run this again"
                    )
        described = await admin.describe_topics(list(TOPICS))
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]]
