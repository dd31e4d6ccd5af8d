"""The partitions that this member has at one time, from their assignment to their loss."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from ingest.dispatch.ledger import from_metadata
from ingest.dispatch.partition import Partition
from ingest.dispatch.tail import CallsTail
from ingest.dispatch.tools import Tools
from ingest.ending import ended
from ingest.provider import Provider

logger = logging.getLogger(__name__)

REQUEST_MS: Final = 10_000


class DecisionsMissing(KafkaError):  # type: ignore[misc]  # aiokafka ships no types
    """What was fetched does not follow what was taken: to go on would be to commit past decisions that are not done."""


class Assignment:
    """`open` reads what has become of the decisions; until then nothing is taken up."""

    def __init__(self, tools: Tools, providers: Mapping[str, type[Provider]], numbers: Collection[int]) -> None:
        self.numbers = frozenset(numbers)
        self.ready = asyncio.Event()
        self._tools = tools
        self._providers = providers
        self._topic = tools.config.topics.decisions.name
        self._tail = CallsTail(tools.config.bootstrap_servers, tools.config.topics.calls.name, tools.metrics)
        self._partitions: dict[int, Partition] = {}
        self._committed: dict[int, int] = {}
        self._placed = False
        self._from_anywhere: set[int] = set()
        """Partitions of which nothing was ever committed: they begin where their records do."""
        self._opening: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._opening = asyncio.create_task(self._open(), name="dispatch-reads-calls")

    def check(self) -> None:
        """Raises what opening has failed with."""
        if self._opening is not None and self._opening.done():
            self._opening.result()

    @property
    def waiting(self) -> int:
        return sum(partition.progress.under_way for partition in self._partitions.values())

    def with_room(self) -> Sequence[tuple[TopicPartition, int]]:
        """The partitions of which more may be taken up, and how much; one that is nearly full waits, so as not to bring
        the others' records one by one.
        """
        least = max(self._tools.config.window // 10, 1)
        return [
            (TopicPartition(self._topic, number), partition.room)
            for number, partition in self._partitions.items()
            if self.ready.is_set() and partition.room >= least
        ]

    def place(self, seek: Callable[[TopicPartition, int], None]) -> None:
        """Have the consumer read from where this assignment begins; only the first time, before anything is fetched.

        A fetch that was under way while partitions changed hands may have brought what is ours now to nobody.
        """
        if not self._placed:
            self._placed = True
            for number, partition in self._partitions.items():
                seek(TopicPartition(self._topic, number), partition.progress.next)

    def take(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """Raises `DecisionsMissing` before anything is taken."""
        partition = self._partitions[place.partition]
        due = partition.progress.next
        if records[0].offset != due and place.partition not in self._from_anywhere:
            raise DecisionsMissing(f"{place.topic} [{place.partition}] goes on at {records[0].offset}, due is {due}")
        self._from_anywhere.discard(place.partition)
        for record in records:
            partition.take(record)

    def low_water(self) -> Mapping[int, int]:
        return {number: partition.progress.low_water for number, partition in self._partitions.items()}

    async def commit(self, commit: Callable[[Mapping[TopicPartition, tuple[int, str]]], Awaitable[None]]) -> None:
        """Commit what is done and not committed yet, by a consumer's own `commit`."""
        moved = {
            number: partition.to_commit
            for number, partition in self._partitions.items()
            if partition.progress.low_water > self._committed[number]
        }
        if moved:
            await commit({TopicPartition(self._topic, number): mark for number, mark in moved.items()})
            self._committed.update({number: offset for number, (offset, _) in moved.items()})

    def forget(self) -> None:
        """Let go of what need not be remembered any more."""
        before = self._tools.clock() - self._tools.config.remember
        for partition in self._partitions.values():
            partition.ledger.forget(before, partition.progress.low_water)

    async def let_go(self, seconds: float) -> None:
        if self._opening is not None and not self._opening.done():
            await ended(self._opening)
        self.ready.clear()
        if self._partitions:
            await asyncio.gather(*(partition.let_go(seconds) for partition in self._partitions.values()))

    async def close(self) -> None:
        """After `let_go`: once what must not be broken off has ended."""
        try:
            for partition in self._partitions.values():
                await partition.ended()
        finally:
            await self._tail.stop()

    async def _open(self) -> None:
        config = self._tools.config
        marks = await _committed(config.bootstrap_servers, config.group_id, self._topic, self.numbers)
        since = self._tools.clock() - config.remember
        await self._tail.start({number: from_metadata(mark.metadata) for number, mark in marks.items()}, since)
        for number, mark in marks.items():
            position = max(mark.offset, 0)
            if mark.offset < 0:
                self._from_anywhere.add(number)
            self._committed[number] = position
            self._partitions[number] = Partition(self._tools, self._providers, number, self._tail, position)
        known = sum(len(partition.ledger) for partition in self._partitions.values())
        logger.info("%d partitions of decisions are ours; what became of %d is known", len(self.numbers), known)
        self.ready.set()


async def _committed(
    bootstrap_servers: str, group_id: str, topic: str, numbers: Collection[int]
) -> Mapping[int, OffsetAndMetadata]:
    """What the group has committed, -1 where it has nothing yet."""
    places = [TopicPartition(topic, number) for number in numbers]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        found = await admin.list_consumer_group_offsets(group_id, partitions=places)
    finally:
        await admin.close()
    return {place.partition: found.get(place, OffsetAndMetadata(-1, "")) for place in places}
