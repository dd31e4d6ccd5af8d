"""What every worker of ours does: reads batches of its topics in order, keeps a table, and writes through an outbox.

A processor has a Faust app of its own, with one agent and one table. Several may run in one process: each has its own
consumer group, local store and producer, so that none waits for another.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from faust.types import TP, EventT, StreamT

from streams.config import WorkerConfig
from streams.faust_app import BatchApp, faust_app
from streams.outbox import Outbox
from streams.store import PartitionStore
from streams.table import CoalescingTable

if TYPE_CHECKING:
    from faust.tables.manager import TableManager

    from streams.transport import Records

Clock = Callable[[], datetime]
Take = Callable[[EventT[Any], Callable[[], None]], None]
"""Folds a batch and stores what changed, at once; what it is given is called when all that follows is in Kafka."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class EventsMissing(RuntimeError):
    """A batch does not follow the one before it."""


class Processor(ABC):
    """One app with everything that hangs on it. ``clock`` says the time, in UTC.

    ``sources`` are the topics that it reads, which have the same partitions.
    """

    name: ClassVar[str]

    def __init__(
        self,
        config: WorkerConfig,
        clock: Clock,
        *,
        group: str,
        sources: Sequence[str],
        table: str,
        table_type: type[CoalescingTable],
    ) -> None:
        self.config = config
        self.clock = clock
        self.app: BatchApp = faust_app(config, group, table_type)
        self.app.outbox = self.outbox = Outbox(self.app.crash)
        self.app.fetch_patience = config.fetch_patience.total_seconds()
        self.batches = 0
        self._group = group
        self._sources = tuple(sources)
        self._read_at: dict[TP, datetime] = {}
        self._expected: dict[TP, tuple[int | None, int | None]] = {}
        self._table = cast(
            "CoalescingTable",
            self.app.Table(table, cache_bytes=config.cache_bytes, write_buffer_bytes=config.write_buffer_bytes),
        )
        agent = self.app.agent(self.app.topic(*sources, internal=False), name=f"{group}-fold", concurrency=1)
        agent(self._fold)

    # what a kind of worker adds

    @abstractmethod
    def _prepare(self) -> Take:
        """What takes the batches; called once the producer is there."""

    @abstractmethod
    def ticking(self) -> Sequence[Coroutine[Any, Any, None]]:
        """What else is to run for as long as the worker does."""

    @abstractmethod
    def measure(self) -> None:
        """Show Prometheus how it stands."""

    @abstractmethod
    def completed(self, events: int) -> None:
        """So many records were dealt with, with all that follows from them in Kafka."""

    # what all have

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

    @property
    def trouble(self) -> str | None:
        """Why it does not work yet; None where it does."""
        if self.settled:
            return None
        return "reading the changelog" if self.app.in_recovery else "waiting for partitions"

    def places(self) -> frozenset[TP]:
        """The partitions of the sources that are this worker's."""
        return frozenset(tp for tp in self.app.assignor.assigned_actives() if tp.topic in self._sources)

    def partitions(self) -> frozenset[int]:
        """Their numbers: who has one source's partition has all sources' of that number."""
        return frozenset(tp.partition for tp in self.places())

    def lag(self) -> dict[TP, int | None]:
        """Records not yet dealt with, by partition; None where nothing is known yet."""
        return {tp: self.app.consumer.lag(tp) for tp in self.places()}

    def busy(self) -> bool:
        """Whether there is anything to get on with."""
        if self.outbox.busy_since is not None or not self.app.tables.actives_ready:
            return True
        return any(lag != 0 for lag in self.lag().values())

    def progress(self) -> tuple[object, ...]:
        """What changes whenever the worker gets on."""
        remaining = self._recovery_remaining() if self.app.in_recovery else 0
        return (self.batches, remaining, tuple(sorted(self.places())), self.settled)

    async def ready_to_act(self) -> bool:
        """Wait for room in the outbox; whether the worker may then act on its own, until the next pause."""
        await self.outbox.room()
        return self.settled

    def time_of(self, topic: str, partition: int) -> datetime | None:
        """Now, or when the last record was written that was read of a partition with unread ones; None if unknown."""
        tp = TP(topic, partition)
        lag = self.app.consumer.lag(tp)
        if lag is None:
            return None
        return self._read_at.get(tp) if lag else self.clock()

    def _recovery_remaining(self) -> int:
        manager = cast("TableManager", self.app.tables)
        return manager.recovery.active_remaining_total()

    async def _fold(self, stream: StreamT[Any]) -> None:
        take = self._prepare()
        async for event in stream.events():
            await self.outbox.room()
            if self._still_mine(event):
                self._follows(event)
                take(event, self._acknowledging(event))

    def _acknowledging(self, event: EventT[Any]) -> Callable[[], None]:
        message = event.message

        def acknowledge() -> None:
            self.app.consumer.complete(message)
            self.batches += 1
            self.completed(len(event.value))
            self._read_at[message.tp] = datetime.fromtimestamp(message.timestamp, UTC)

        return acknowledge

    def _follows(self, event: EventT[Any]) -> None:
        """See that nothing was left out between the last batch of a partition, or its committed offset, and this one.

        Raises ``EventsMissing``: to go on would be to commit past them.
        """
        tp, generation = event.message.tp, event.message.generation_id
        known_generation, expected = self._expected.get(tp, (None, None))
        if known_generation != generation:
            expected = self.app.consumer.committed(tp)
        first = cast("Records", event.value)[0].offset
        if expected is not None and first > expected:
            raise EventsMissing(
                f"{tp.topic}/{tp.partition} goes on at {first} where {expected} is due. If records were deleted there, "
                f"reset the offsets of group {self._group}; otherwise start again."
            )
        self._expected[tp] = (generation, event.message.offset + 1)

    def _still_mine(self, event: EventT[Any]) -> bool:
        """A batch that waited through a rebalance is somebody's to read again, perhaps ours."""
        return bool(
            self.app.flow_control.is_active()
            and event.message.generation_id == self.app.consumer_generation_id
            and not self.app.should_stop
        )


async def every(seconds: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Act, so many seconds after the last time."""
    while True:
        await asyncio.sleep(seconds)
        await act()
