"""The sink: reads the topics of the projection and stores them, insert first, then commit.

One batch is stored while the next is read and put into columns; no third is begun. So a ClickHouse that is away stops
the reading, memory stays bounded, and the member stays in its group. An uncommitted record is always read again, by
this process or by whoever is assigned its partition, and what was stored of it already is skipped (``offsets``) or
replaces itself.

A partition that is taken away waits for the batch in flight, for a bounded time. An insert that ends even later may
store rows which the next owner stores too: ReplacingMergeTree makes them one.
"""

import asyncio
import gc
import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from sinks import metrics
from sinks.batching import PORTION, TOPICS, Batch
from sinks.config import ClickHouseConfig, SinkConfig
from sinks.offsets import StoredOffsets
from sinks.writer import Abandoned, Writer

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 5.0
WATCH_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
FOREVER_MS: Final = 2**31 - 1
ENOUGH_BYTES: Final = 256 * 1024
PATIENCE_MS: Final = 250
"""The broker gathers so much for a fetch, or waits so long: records that come in ones and twos cost several times as
much each, at the broker and here."""
BUSY_WAIT_MS: Final = 50
COLLECT_AFTER: Final = 50_000
"""How many objects more than were freed; 700 unless told."""


class Sink:
    """``run`` until ``stop``; ``ready`` at any time, from any thread."""

    def __init__(self, config: SinkConfig, clickhouse: ClickHouseConfig) -> None:
        self._config = config
        self._writer = Writer(config, clickhouse)
        self._stopping = asyncio.Event()
        self._kafka_trouble: str | None = "not connected yet"

    def stop(self) -> None:
        """Lets ``run`` return after the batch in flight; to be called in its event loop."""
        self._stopping.set()

    def ready(self) -> Mapping[str, str]:
        """Empty when records flow; else what is in the way, by part."""
        troubles = {"kafka": self._kafka_trouble, "clickhouse": self._writer.trouble}
        return {part: trouble for part, trouble in troubles.items() if trouble}

    async def run(self) -> None:
        """Carries records over until ``stop``; survives the broker's and ClickHouse's absence.

        Cancellation ends it too: what is in flight is abandoned and read again at the next start.
        """
        wait = self._config.retry_seconds
        abandoned = threading.Event()
        try:
            await self._connect(abandoned)
            _spare_the_collector()
            while not self._stopping.is_set():
                assignment = Assignment(self._config, self._writer, self._stopping, self._hear)
                try:
                    await assignment.run()
                    wait = self._config.retry_seconds
                except (KafkaError, OSError) as error:
                    self._hear(f"{type(error).__name__}: {error}")
                    log.warning("Kafka: %s; tried again", self._kafka_trouble)
                    await self._pause(wait * random.uniform(0.5, 1.0))
                    wait = min(wait * 2, self._config.retry_limit_seconds)
        finally:
            abandoned.set()
            await asyncio.to_thread(self._writer.close)

    async def _connect(self, abandoned: threading.Event) -> None:
        connecting = asyncio.create_task(asyncio.to_thread(self._writer.connect, abandoned))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([connecting, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        abandoned.set()
        try:
            await connecting
        except Abandoned:
            log.info("stopped before ClickHouse answered")

    def _hear(self, trouble: str | None) -> None:
        self._kafka_trouble = trouble

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """One consumer's life: what it was assigned, the batch that it reads and the one that is being stored."""

    def __init__(
        self, config: SinkConfig, writer: Writer, stopping: asyncio.Event, hear: Callable[[str | None], None]
    ) -> None:
        self._config = config
        self._writer = writer
        self._stopping = stopping
        self._hear = hear
        self._consumer = open_consumer(config)
        self._storing: asyncio.Task[None] | None = None
        self._abandoned = threading.Event()
        self._stored = StoredOffsets()
        self._generation = 0
        self._uncommitted: dict[TopicPartition, int] = {}
        self._reached: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        self._consumer.subscribe(list(TOPICS), listener=self)
        watching = None
        try:
            await self._consumer.start()
            watching = asyncio.create_task(self._watch())
            while not self._stopping.is_set():
                batch, generation = await self._read()
                await self._settle()
                # What was read before a rebalance is read again after it, from where it was committed.
                if generation == self._generation and not self._stopping.is_set():
                    self._storing = asyncio.create_task(self._store(batch))
                    # Reading on from what is fetched already would not let it begin.
                    await asyncio.sleep(0)
        finally:
            if watching:
                watching.cancel()
            await self._leave()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if self._storing and not self._storing.done():
            await asyncio.wait([self._storing], timeout=self._config.handover_seconds)
        # Whoever is still at it gives up before its next call; what was being read is read again.
        self._abandoned.set()
        self._generation += 1
        for place in revoked:
            self._uncommitted.pop(place, None)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._abandoned = threading.Event()
        self._stored = StoredOffsets()
        self._reached.clear()
        log.info("assigned %d partitions", len(assigned))

    async def _read(self) -> tuple[Batch, int]:
        """A batch, full, or old enough and with nothing else being stored, and the generation that it belongs to."""
        batch, generation, opened = Batch(), self._generation, 0.0
        while not self._stopping.is_set():
            left = opened + self._config.batch_seconds - time.monotonic() if batch.records else 1.0
            wait_ms = max(BUSY_WAIT_MS if self._busy() else 0, int(left * 1000))
            room = min(self._config.batch_rows - batch.records, PORTION)
            fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=room)
            if generation != self._generation:
                batch, generation = Batch(), self._generation
            if fetched:
                opened = opened if batch.records else time.monotonic()
                batch.add(fetched)
                # Reading may go on for long without a wait of its own; heartbeats and the rest must come in between.
                await asyncio.sleep(0)
            full = batch.records >= self._config.batch_rows or batch.bytes >= self._config.batch_bytes
            due = batch.records and time.monotonic() - opened >= self._config.batch_seconds
            if full or (due and not self._busy()):
                break
            if self._uncommitted and not self._busy():
                await self._commit()
        return batch, generation

    async def _settle(self) -> None:
        """Waits for the batch before, which alone may take as long as ClickHouse is away."""
        while self._storing and self._busy():
            stopped = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([self._storing, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if self._stopping.is_set():
                return

    async def _store(self, batch: Batch) -> None:
        begun = time.monotonic()
        abandoned, stored, generation = self._abandoned, self._stored, self._generation
        try:
            await asyncio.to_thread(self._writer.write, batch, stored, abandoned)
        except Abandoned as error:
            log.warning("a batch of %d records is left to be read again: %s", batch.records, error)
            return
        metrics.BATCH_SECONDS.observe(time.monotonic() - begun)
        metrics.BATCH_ROWS.observe(batch.records)
        metrics.NEWEST.set(batch.newest_timestamp / 1000)
        if generation == self._generation:
            self._uncommitted.update(batch.next_offsets)
            self._reached.update(batch.next_offsets)
            await self._commit()

    async def _commit(self) -> None:
        """Commits what is stored. What cannot be committed now is so with the next batch, or when nothing comes."""
        offsets = dict(self._uncommitted)
        try:
            await asyncio.wait_for(self._consumer.commit(offsets), STOP_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            log.warning("offsets are not committed yet: %s", type(error).__name__)
        else:
            self._uncommitted = {
                place: offset for place, offset in self._uncommitted.items() if offsets.get(place) != offset
            }

    async def _watch(self) -> None:
        """Asks the broker how far it is: for the lag, and to know that it is there."""
        while True:
            assigned = self._consumer.assignment()
            try:
                ends: Mapping[TopicPartition, int] = await asyncio.wait_for(
                    self._consumer.end_offsets(assigned), ANSWER_SECONDS
                )
                for place, end in ends.items():
                    if place not in self._reached:
                        committed = await asyncio.wait_for(self._consumer.committed(place), ANSWER_SECONDS)
                        self._reached.setdefault(place, committed or 0)
                    metrics.LAG.labels(place.topic, place.partition).set(end - self._reached[place])
                self._hear(None if assigned else "no partition is assigned yet")
            except (KafkaError, IllegalStateError, TimeoutError) as error:
                self._hear(f"no answer from the broker: {type(error).__name__}")
            await asyncio.sleep(WATCH_SECONDS)

    async def _leave(self) -> None:
        """Lets the batch in flight end, for a bounded time, and leaves the group."""
        if self._storing and not self._storing.done():
            # Without trouble it is a matter of a moment; with trouble there is nothing to wait for.
            patience = self._config.handover_seconds if self._writer.trouble is None else 0.0
            await asyncio.wait([self._storing], timeout=patience)
            self._abandoned.set()
            await asyncio.wait([self._storing], timeout=STOP_SECONDS)
        # Where the broker is away, a fetch of its own cancels it: that must not pass for our being cancelled.
        leaving = asyncio.ensure_future(self._consumer.stop())
        await asyncio.wait([leaving], timeout=STOP_SECONDS)
        if not leaving.done() or leaving.cancelled() or leaving.exception() is not None:
            leaving.cancel()
            log.warning("the consumer did not leave in order")

    def _busy(self) -> bool:
        """Whether a batch is being stored. Raises what none but a programming error can have raised in storing it."""
        if self._storing is None:
            return False
        if not self._storing.done():
            return True
        done, self._storing = self._storing, None
        done.result()
        return False


def _spare_the_collector() -> None:
    """Makes the cyclic collector leave alone what is loaded by now, and look less often.

    Records come by the ten thousand and make no cycles; walking over them took a fifth of the sink's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def open_consumer(config: SinkConfig) -> Any:
    """A consumer of the sink's group, not started."""
    return AIOKafkaConsumer(
        bootstrap_servers=config.bootstrap_servers,
        group_id=config.group_id,
        group_instance_id=config.instance_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=config.fetch_bytes,
        fetch_min_bytes=ENOUGH_BYTES,
        fetch_max_wait_ms=PATIENCE_MS,
        # Heartbeats say that the process is alive; how long ClickHouse may be away is not for the group to judge.
        max_poll_interval_ms=FOREVER_MS,
        rebalance_timeout_ms=int((config.handover_seconds + 2 * STOP_SECONDS) * 1000),
    )
