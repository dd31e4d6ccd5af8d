"""A Faust app as ours are set up.

Names are given and not derived: Faust's defaults are module paths, so that moving a file would rename a topic.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

import faust
from faust.types import TransportT

from streams.config import WorkerConfig
from streams.outbox import Outbox
from streams.table import CoalescingTable
from streams.transport import BatchConsumer, BatchTopic, BatchTransport, IdempotentProducer

BUFFERED_BATCHES: Final = 4
COMMIT_SECONDS: Final = 0.25
"""Timers of steps wait for it: see ``streams.deciding.hearing``."""
LARGEST_FETCH: Final = 1024 * 1024
"""Bytes of one partition at once, so about the size of a batch."""
LARGEST_PRODUCED: Final = 512 * 1024
REQUEST_SECONDS: Final = 30.0
HEARTBEATS_PER_SESSION: Final = 4
DRAIN_SECONDS: Final = 3.0


class BatchApp(faust.App):
    """A Faust app that waits for its outbox, and not for its streams, before it gives partitions up."""

    outbox: Outbox
    fetch_patience: float = 0.0
    """Seconds for which the broker waits for more than a little to fetch."""
    consumer: BatchConsumer
    producer: IdempotentProducer

    def _new_transport(self) -> TransportT:
        return BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> TransportT:
        return BatchTransport(self.conf.broker_producer, self)

    async def _on_agent_error(self, agent: Any, exc: BaseException) -> None:  # noqa: ARG002 - Faust's own signature
        """Faust would commit, begin the agent again, and pass over the batch at which it failed."""
        await self.crash(exc)

    async def _consumer_wait_empty(self, consumer: Any, logger: Any) -> None:  # noqa: ARG002 - Faust's own signature
        """Complete and commit what is under way; what cannot be in time is read again by whoever comes next."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.outbox.drain()
        await consumer.commit()


def faust_app(config: WorkerConfig, group: str, table_type: type[CoalescingTable]) -> BatchApp:
    session = config.session_timeout.total_seconds()
    return BatchApp(
        group,
        broker=";".join(f"kafka://{server.strip()}" for server in config.bootstrap_servers.split(",")),
        store="rocksdb://",
        datadir=str(config.data_dir),
        Topic=BatchTopic,
        Table=table_type,
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=config.instance_id,
        consumer_max_fetch_size=LARGEST_FETCH,
        stream_buffer_maxsize=BUFFERED_BATCHES,
        stream_wait_empty=False,
        table_standby_replicas=0,
        broker_commit_interval=COMMIT_SECONDS,
        broker_session_timeout=session,
        broker_heartbeat_interval=session / HEARTBEATS_PER_SESSION,
        broker_request_timeout=max(REQUEST_SECONDS, session),
        producer_max_batch_size=LARGEST_PRODUCED,
        producer_request_timeout=REQUEST_SECONDS,
        producer_linger_ms=0,
        producer_compression_type=None,
    )
