"""Tracking as a worker: its topics, its table, what it does besides, and how it is measured."""

from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar

from faust.types import TP

from streams import metrics
from streams.closing import Closing
from streams.config import TrackingConfig
from streams.faust_app import BatchApp
from streams.processor import Clock, Processor, Take, every, utc_now
from streams.table import AttemptsTable
from streams.tracking import Tracker, Writer


class Tracking(Processor):
    """Events folded into attempts."""

    name: ClassVar[str] = "tracking"
    config: TrackingConfig

    def __init__(self, config: TrackingConfig, clock: Clock = utc_now) -> None:
        topics = config.topics
        super().__init__(
            config, clock, group=topics.group, sources=[topics.events], table=topics.table, table_type=AttemptsTable
        )
        self._closing: Closing | None = None

    def ticking(self) -> Sequence[Coroutine[Any, Any, None]]:
        return [every(self.config.close_tick.total_seconds(), self.close_due)]

    async def close_due(self) -> None:
        """Take one look through one of this worker's partitions, unless it is not settled in them."""
        if not await self.ready_to_act() or self._closing is None:
            return
        self._closing.keep_to(self.partitions())
        partition = self._closing.next_partition(self.clock())
        if partition is None:
            return
        events = self.config.topics.events
        time_of_partition = self.time_of(events, partition)
        committed = self.app.consumer.committed(TP(events, partition))
        if time_of_partition is not None and committed is not None:
            self._closing.look(partition, time_of_partition, committed)

    def completed(self, events: int) -> None:
        metrics.COMPLETED.inc(events)

    def measure(self) -> None:
        metrics.READY.set(1 if self.settled else 0)
        if not self.settled:
            return
        for tp, lag in self.lag().items():
            metrics.LAG.labels(str(tp.partition)).set(lag or 0)
            metrics.LIVE.labels(str(tp.partition)).set(self.store.estimated_keys(tp.partition))

    def _prepare(self) -> Take:
        writer = Writer(self.app.producer, self.config.topics)
        self._closing = Closing(
            self.store,
            writer,
            self.outbox,
            window=self.config.receipt_window,
            interval=self.config.close_interval,
            keys=self.config.close_keys,
        )
        return Tracker(self.store, writer, self.outbox).take


def create_app(config: TrackingConfig) -> BatchApp:
    """The Faust app alone, as ``streams.worker`` runs it."""
    return Tracking(config).app
