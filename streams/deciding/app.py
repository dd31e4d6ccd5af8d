"""Deciding as a worker: its topics, its table, its timers, and how it is measured.

It is a Faust app of its own beside tracking's, in the same process: with a group of its own, since one whose agents
share a consumer would hold tracking up wherever deciding waits.
"""

from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from faust.types import TP

from delivery.choosing import Weigh
from delivery.decisions import PollDecision
from delivery.message_states import MessageState
from delivery.plans import Choice
from streams import metrics
from streams.config import DecidingConfig
from streams.deciding.decider import Decider, Writer, measure_decisions
from streams.deciding.forgetting import Forgetting
from streams.deciding.hearing import Hearing
from streams.deciding.polls import Polls
from streams.deciding.states import MessagesTable
from streams.deciding.steps import Fired, Steps
from streams.deciding.timetable import Timetable
from streams.processor import Clock, Processor, Take, every, utc_now
from streams.transport import acknowledged


class _Parts(NamedTuple):
    """What needs the producer."""

    writer: Writer
    decider: Decider
    timetable: Timetable
    polls: Polls
    steps: Steps
    forgetting: Forgetting

    async def write_polls(self, found: Sequence[Sequence[PollDecision]]) -> None:
        decisions = [decision for each in found for decision in each]
        await acknowledged(await self.writer.decide(decisions))
        measure_decisions(decisions)

    async def write_steps(self, found: Sequence[Sequence[Fired]]) -> None:
        fired = [one for each in found for one in each]
        decisions = [decision for one in fired for decision in one.decisions]
        await acknowledged(await self.writer.decide(decisions))
        self.steps.acknowledged(fired)
        measure_decisions(decisions)

    def keep_to(self, partitions: frozenset[int], generation: int) -> None:
        renewed = self.timetable.keep_to(partitions, generation)
        self.polls.keep_to(partitions, renewed=renewed)
        self.steps.keep_to(partitions, generation, renewed=renewed)


def equally(choices: Sequence[Choice]) -> Sequence[int]:
    """Where nobody watches the providers' health, none is better than another."""
    return [1] * len(choices)


class Deciding(Processor):
    """Requests, attempts and calls turned into decisions. ``weigh`` gives the shares of a step's choices."""

    name: ClassVar[str] = "deciding"
    config: DecidingConfig

    def __init__(self, config: DecidingConfig, clock: Clock = utc_now, weigh: Weigh = equally) -> None:
        topics = config.topics
        super().__init__(
            config,
            clock,
            group=topics.group,
            sources=[topics.requests, topics.attempts, topics.calls],
            table=topics.table,
            table_type=MessagesTable,
        )
        self._weigh = weigh
        self._hearing = Hearing(
            config.bootstrap_servers,
            topic=topics.events,
            partitions=topics.events_partitions,
            group=topics.tracking_group,
            clock=clock,
        )
        self._parts: _Parts | None = None

    def ticking(self) -> Sequence[Coroutine[Any, Any, None]]:
        return [
            every(self.config.step_tick.total_seconds(), self.step_due),
            every(self.config.poll_tick.total_seconds(), self.poll_due),
            every(self.config.close_tick.total_seconds(), self.forget_due),
            self._hearing.run(),
        ]

    async def step_due(self) -> None:
        """Mark what is acknowledged, and decide what the plans ask for by now, of a bounded number of messages."""
        while await self.ready_to_act() and self._parts is not None:
            parts = self._parts
            parts.keep_to(self.partitions(), self.app.consumer_generation_id)
            unmarked = parts.steps.to_be_marked
            if not unmarked:
                break
            parts.decider.mark(unmarked[0])
        if not await self.ready_to_act() or self._parts is None:
            return
        parts, now, heard = self._parts, self.clock(), self._hearing.until()
        parts.keep_to(self.partitions(), self.app.consumer_generation_id)
        fired: list[Fired] = []
        for partition in sorted(self.partitions()):
            moment = self._time_of(partition)
            left = self.config.steps_at_once - len(fired)
            parts.timetable.read_on(partition, now)
            if moment is not None and left > 0:
                fired += parts.steps.due(partition, moment, min(heard, moment), left, now)
        if fired:
            self.outbox.put(parts.write_steps, fired, sum(len(each.decisions) for each in fired))

    async def poll_due(self) -> None:
        """Decide the rounds whose moment has come, a bounded number of them, unless the worker is not settled."""
        if not await self.ready_to_act() or self._parts is None:
            return
        mine = self.partitions()
        self._parts.keep_to(mine, self.app.consumer_generation_id)
        polls = self._parts.polls
        decisions: list[PollDecision] = []
        for partition in sorted(mine):
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
        metrics.DECIDING_TIMED.set(self._parts.steps.waiting)
        metrics.DECIDING_HEARD.set(max(self._hearing.until().timestamp(), 0.0))
        for tp, lag in self.lag().items():
            metrics.DECIDING_LAG.labels(tp.topic, str(tp.partition)).set(lag or 0)
        for partition in self.partitions():
            metrics.DECIDING_MESSAGES.labels(str(partition)).set(self.store.estimated_keys(partition))

    def _time_of(self, partition: int) -> datetime | None:
        """The time up to which everything was read that may say that an attempt is over, or asked for again."""
        topics = self.config.topics
        times = [self.time_of(topic, partition) for topic in (topics.requests, topics.attempts, topics.calls)]
        known = [time for time in times if time is not None]
        return min(known) if len(known) == len(times) else None

    def _prepare(self) -> Take:
        config, store = self.config, self.store
        writer = Writer(self.app.producer, config.topics)
        polls = Polls(store, schedule=config.schedule, window=config.receipt_window, polled=config.polled)
        steps = Steps(store, self._weigh)
        forgetting = Forgetting(
            store,
            writer,
            self.outbox,
            window=config.receipt_window,
            patience=config.patience,
            interval=config.close_interval,
            keys=config.close_keys,
        )

        def time_step(partition: int, key: bytes, state: MessageState, _now: datetime) -> None:
            steps.time(partition, key, state)

        timetable = Timetable(store, [polls.time, time_step], keys=config.timetable_keys)
        decider = Decider(store, writer, self.outbox, polls, steps, topics=config.topics, polled=config.polled)
        self._parts = _Parts(writer, decider, timetable, polls, steps, forgetting)
        return decider.take
