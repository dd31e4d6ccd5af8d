"""The Faust app of the tracking worker: its topics, its table and its one agent, all named here.

Names are given and not derived: Faust's defaults are module paths, so that moving a file would rename a topic.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import faust
from faust.types import TP, EventT, StreamT, TransportT

from streams import metrics
from streams.closing import Closing
from streams.config import TrackingConfig
from streams.outbox import Outbox
from streams.store import PartitionStore
from streams.table import CoalescingTable
from streams.tracking import Tracker, Writer
from streams.transport import BatchConsumer, BatchTopic, BatchTransport, IdempotentProducer, Records

if TYPE_CHECKING:
    from faust.tables.manager import TableManager

logger = logging.getLogger(__name__)

BUFFERED_BATCHES: Final = 4
COMMIT_SECONDS: Final = 1.0
LARGEST_FETCH: Final = 1024 * 1024
"""Bytes of one partition at once, so about the size of a batch."""
LARGEST_PRODUCED: Final = 512 * 1024
REQUEST_SECONDS: Final = 30.0
HEARTBEATS_PER_SESSION: Final = 4
DRAIN_SECONDS: Final = 3.0

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class EventsMissing(RuntimeError):
    """A batch does not follow the one before it."""


class TrackingApp(faust.App):
    """A Faust app that waits for its outbox, and not for its streams, before it gives partitions up."""

    outbox: Outbox
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


class Tracking:
    """One tracking worker's app with everything that hangs on it. ``clock`` says the time, in UTC."""

    def __init__(self, config: TrackingConfig, clock: Clock = utc_now) -> None:
        self.config = config
        self.clock = clock
        self.app = _faust_app(config)
        self.app.outbox = self.outbox = Outbox(self.app.crash)
        self.batches = 0
        self._read_at: dict[int, datetime] = {}
        self._expected: dict[int, tuple[int | None, int | None]] = {}
        self._tracker: Tracker | None = None
        self._closing: Closing | None = None
        self._table = cast(
            "CoalescingTable",
            self.app.Table(
                config.topics.table,
                cache_bytes=config.cache_bytes,
                write_buffer_bytes=config.write_buffer_bytes,
            ),
        )
        events = self.app.topic(config.topics.events, internal=False)
        agent = self.app.agent(events, name=f"{config.topics.group}-fold", concurrency=1)
        agent(self._fold)

    @property
    def store(self) -> PartitionStore:
        return self._table.entries

    @property
    def store_directory(self) -> Path:
        """Where the local store is kept; all of it can be rebuilt."""
        return Path(self.app.conf.tabledir)

    @property
    def settled(self) -> bool:
        """Whether partitions are assigned and recovered, and nobody is about to take them."""
        app = self.app
        return bool(app.tables.actives_ready and not app.rebalancing and not app.in_recovery and not app.should_stop)

    def partitions(self) -> frozenset[int]:
        """The partitions of events that are this worker's."""
        return frozenset(tp.partition for tp in self.app.assignor.assigned_actives() if tp.topic == self._events)

    def lag(self) -> dict[int, int | None]:
        """Events not yet dealt with, by partition; None where nothing is known yet."""
        return {partition: self.app.consumer.lag(TP(self._events, partition)) for partition in self.partitions()}

    def busy(self) -> bool:
        """Whether there is anything to get on with."""
        if self.outbox.busy_since is not None or not self.app.tables.actives_ready:
            return True
        return any(lag != 0 for lag in self.lag().values())

    def _recovery_remaining(self) -> int:
        manager = cast("TableManager", self.app.tables)
        return manager.recovery.active_remaining_total()

    def progress(self) -> tuple[object, ...]:
        """What changes whenever the worker gets on."""
        remaining = self._recovery_remaining() if self.app.in_recovery else 0
        return (self.batches, remaining, tuple(sorted(self.partitions())), self.settled)

    async def close_due(self) -> None:
        """Take one look through one of this worker's partitions, unless it is not settled in them."""
        await self.outbox.room()
        if not self.settled or self._closing is None:
            return
        mine = self.partitions()
        self._closing.keep_to(mine)
        partition = self._closing.next_partition(self.clock())
        if partition is None:
            return
        time_of_partition = self._time_of(partition)
        committed = self.app.consumer.committed(TP(self._events, partition))
        if time_of_partition is not None and committed is not None:
            self._closing.look(partition, time_of_partition, committed)

    def measure(self) -> None:
        metrics.READY.set(1 if self.settled else 0)
        if not self.settled:
            return
        for partition, lag in self.lag().items():
            metrics.LAG.labels(str(partition)).set(lag or 0)
            metrics.LIVE.labels(str(partition)).set(self.store.estimated_keys(partition))

    @property
    def _events(self) -> str:
        return self.config.topics.events

    def _time_of(self, partition: int) -> datetime | None:
        lag = self.app.consumer.lag(TP(self._events, partition))
        if lag is None:
            return None
        return self._read_at.get(partition) if lag else self.clock()

    async def _fold(self, stream: StreamT[Any]) -> None:
        tracker = self._prepare()
        async for event in stream.events():
            await self.outbox.room()
            if self._still_mine(event):
                self._take(tracker, event)

    def _take(self, tracker: Tracker, event: EventT[Any]) -> None:
        message = event.message
        self._follows(event)

        def acknowledge() -> None:
            self.app.consumer.complete(message)
            self.batches += 1
            metrics.COMPLETED.inc(len(event.value))
            self._read_at[message.partition] = datetime.fromtimestamp(message.timestamp, UTC)

        tracker.take(event, acknowledge)

    def _follows(self, event: EventT[Any]) -> None:
        """See that nothing was left out between the last batch of a partition, or its committed offset, and this one.

        Raises ``EventsMissing``: to go on would be to commit past them.
        """
        tp, generation = event.message.tp, event.message.generation_id
        known_generation, expected = self._expected.get(tp.partition, (None, None))
        if known_generation != generation:
            expected = self.app.consumer.committed(tp)
        first = cast("Records", event.value)[0].offset
        if expected is not None and first > expected:
            raise EventsMissing(
                f"{tp.topic}/{tp.partition} goes on at {first} where {expected} is due. If records were deleted there, "
                f"reset the offsets of group {self.config.topics.group}; otherwise start again."
            )
        self._expected[tp.partition] = (generation, event.message.offset + 1)

    def _still_mine(self, event: EventT[Any]) -> bool:
        """A batch that waited through a rebalance is somebody's to read again, perhaps ours."""
        return bool(
            self.app.flow_control.is_active()
            and event.message.generation_id == self.app.consumer_generation_id
            and not self.app.should_stop
        )

    def _prepare(self) -> Tracker:
        writer = Writer(self.app.producer, self.config.topics)
        self._closing = Closing(
            self.store,
            writer,
            self.outbox,
            window=self.config.receipt_window,
            interval=self.config.close_interval,
            keys=self.config.close_keys,
        )
        return Tracker(self.store, writer, self.outbox)


def _faust_app(config: TrackingConfig) -> TrackingApp:
    session = config.session_timeout.total_seconds()
    return TrackingApp(
        config.topics.group,
        broker=";".join(f"kafka://{server.strip()}" for server in config.bootstrap_servers.split(",")),
        store="rocksdb://",
        datadir=str(config.data_dir),
        Topic=BatchTopic,
        Table=CoalescingTable,
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


def create_app(config: TrackingConfig) -> TrackingApp:
    """The Faust app alone, as ``streams.worker`` runs it."""
    return Tracking(config).app
