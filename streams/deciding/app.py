"""Deciding as a worker: its topics, its table, its timers, and how it is measured.

It is a Faust app of its own beside tracking's, in the same process: with a group of its own, since one whose agents
share a consumer would hold tracking up wherever deciding waits.
"""

from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from faust.types import TP

from delivery.decisions import PollDecision
from streams import metrics
from streams.config import DecidingConfig
from streams.deciding.decider import Decider, Writer, measure_decisions
from streams.deciding.forgetting import Forgetting
from streams.deciding.polls import Polls
from streams.deciding.states import MessagesTable
from streams.processor import Clock, Processor, Take, every, utc_now
from streams.transport import acknowledged


class _Parts(NamedTuple):
    """What needs the producer."""

    writer: Writer
    polls: Polls
    forgetting: Forgetting

    async def write_polls(self, found: Sequence[Sequence[PollDecision]]) -> None:
        decisions = [decision for each in found for decision in each]
        await acknowledged(await self.writer.decide(decisions))
        measure_decisions(decisions)


class Deciding(Processor):
    """Requests and attempts turned into decisions."""

    name: ClassVar[str] = "deciding"
    config: DecidingConfig

    def __init__(self, config: DecidingConfig, clock: Clock = utc_now) -> None:
        topics = config.topics
        super().__init__(
            config,
            clock,
            group=topics.group,
            sources=[topics.requests, topics.attempts],
            table=topics.table,
            table_type=MessagesTable,
        )
        self._parts: _Parts | None = None

    def ticking(self) -> Sequence[Coroutine[Any, Any, None]]:
        return [
            every(self.config.poll_tick.total_seconds(), self.poll_due),
            every(self.config.close_tick.total_seconds(), self.forget_due),
        ]

    async def poll_due(self) -> None:
        """Decide the rounds whose moment has come, a bounded number of them, unless the worker is not settled."""
        if not await self.ready_to_act() or self._parts is None:
            return
        mine = self.partitions()
        polls = self._parts.polls
        polls.keep_to(mine, self.app.consumer_generation_id)
        decisions: list[PollDecision] = []
        for partition in mine:
            moment = self._time_of(partition)
            left = self.config.polls_at_once - len(decisions)
            if moment is not None and left > 0:
                decisions += polls.due(partition, moment, left)
        if decisions:
            self.outbox.put(self._parts.write_polls, decisions, len(decisions))

    async def forget_due(self) -> None:
        """Take one look through one of this worker's partitions, unless it is not settled in them."""
        if not await self.ready_to_act() or self._parts is None:
            return
        forgetting = self._parts.forgetting
        forgetting.keep_to(self.partitions())
        partition = forgetting.next_partition(self.clock())
        if partition is None:
            return
        moment = self._time_of(partition)
        if moment is not None:
            committed = self.app.consumer.committed(TP(self.config.topics.requests, partition))
            forgetting.look(partition, moment, committed or 0)

    def completed(self, events: int) -> None:
        metrics.DECIDING_COMPLETED.inc(events)

    def measure(self) -> None:
        metrics.DECIDING_READY.set(1 if self.settled else 0)
        if not self.settled or self._parts is None:
            return
        metrics.DECIDING_WAITING.set(self._parts.polls.waiting)
        for tp, lag in self.lag().items():
            metrics.DECIDING_LAG.labels(tp.topic, str(tp.partition)).set(lag or 0)
        for partition in self.partitions():
            metrics.DECIDING_MESSAGES.labels(str(partition)).set(self.store.estimated_keys(partition))

    def _time_of(self, partition: int) -> datetime | None:
        """The time up to which everything was read that may say that an attempt is over, or asked for again."""
        topics = self.config.topics
        times = [self.time_of(topic, partition) for topic in (topics.requests, topics.attempts)]
        known = [time for time in times if time is not None]
        return min(known) if len(known) == len(times) else None

    def _prepare(self) -> Take:
        config, store = self.config, self.store
        writer = Writer(self.app.producer, config.topics)
        polls = Polls(
            store,
            schedule=config.schedule,
            window=config.receipt_window,
            polled=config.polled,
            keys=config.close_keys,
        )
        forgetting = Forgetting(
            store,
            writer,
            self.outbox,
            window=config.receipt_window,
            patience=config.patience,
            interval=config.close_interval,
            keys=config.close_keys,
        )
        self._parts = _Parts(writer, polls, forgetting)
        decider = Decider(store, writer, self.outbox, polls, requests=config.topics.requests, polled=config.polled)
        return decider.take
