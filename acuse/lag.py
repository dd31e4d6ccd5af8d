"""How far behind every role is with what it reads, as Kafka has it: ends of topics less what groups have committed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from msgspec import Struct

from acuse.settings import Settings
from dashboards.flow.lag import GroupLag, LagUnknown
from delivery import topics
from sinks import batching

KEPT_SECONDS: Final = 2.0
CLOSE_SECONDS: Final = 2.0


class Readers(Struct, frozen=True):
    """A role's consumer group, and the topics that it reads under it."""

    role: str
    group: str
    topics: tuple[str, ...]


def readers_of(settings: Settings) -> tuple[Readers, ...]:
    """All roles that the settings have; without an application to be told, nobody tells it anything."""
    told = (topics.DECISIONS.name, topics.EVENTS.name, topics.ALERTS.name)
    return (
        Readers("tracking", topics.TRACKING_APP, (topics.EVENTS.name,)),
        Readers("deciding", topics.DECIDING_APP, (topics.REQUESTS.name, topics.ATTEMPTS.name, topics.CALLS.name)),
        Readers("dispatch", settings.dispatch.group_id, (topics.DECISIONS.name,)),
        *([Readers("notify", settings.notify.group_id, told)] if settings.notify.url.get_secret_value() else []),
        Readers("sink", settings.sink.group_id, batching.TOPICS),
    )


class KafkaLag:
    """Connects when it is asked, and for that question alone; at most every two seconds, however many ask."""

    def __init__(
        self,
        bootstrap_servers: str,
        readers: Sequence[Readers],
        *,
        timeout_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._readers = tuple(readers)
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._asked_at = 0.0
        self._asking: asyncio.Task[list[GroupLag]] | None = None

    async def read(self) -> Sequence[GroupLag]:
        """For each role and topic. Raises ``LagUnknown`` where Kafka does not answer in time."""
        if self._asking is None or self._clock() - self._asked_at >= KEPT_SECONDS:
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask())
        # Shielded: whoever goes away does not take the answer from the others.
        return await asyncio.shield(self._asking)

    async def _ask(self) -> list[GroupLag]:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._asked()
        except TimeoutError:
            raise LagUnknown(f"Kafka did not answer within {self._timeout_seconds:g} s") from None
        except (KafkaError, OSError) as error:
            raise LagUnknown(f"Kafka could not be asked: {type(error).__name__}") from None

    async def _asked(self) -> list[GroupLag]:
        request_ms = int(self._timeout_seconds * 1000)
        told = {"bootstrap_servers": self._bootstrap_servers, "request_timeout_ms": request_ms}
        admin = AIOKafkaAdminClient(**told)
        consumer = AIOKafkaConsumer(**told)
        try:
            await asyncio.gather(admin.start(), consumer.start())
            groups, bounds = await asyncio.gather(self._groups(admin), self._bounds(admin, consumer))
        finally:
            await _closed(admin.close(), consumer.stop())
        return [
            _lag(readers, topic, groups[readers.group], bounds[topic])
            for readers in self._readers
            for topic in readers.topics
        ]

    async def _groups(self, admin: Any) -> dict[str, tuple[int, Mapping[TopicPartition, Any]]]:
        """How many members each group has, and what it has committed."""
        names = [readers.group for readers in self._readers]
        committed, described = await asyncio.gather(
            asyncio.gather(*(admin.list_consumer_group_offsets(name) for name in names)),
            # One by one: aiokafka 0.14 cannot read an answer about several.
            asyncio.gather(*(admin.describe_consumer_groups([name]) for name in names)),
        )
        members = {group[1]: len(group[5]) for (answer,) in described for group in answer.groups}
        return {name: (members.get(name, 0), offsets) for name, offsets in zip(names, committed, strict=True)}

    async def _bounds(self, admin: Any, consumer: Any) -> dict[str, dict[TopicPartition, tuple[int, int]]]:
        """Where each partition of the topics begins and ends; none of a topic that is not there."""
        names = sorted({topic for readers in self._readers for topic in readers.topics})
        places = {
            told["topic"]: [TopicPartition(told["topic"], part["partition"]) for part in told["partitions"]]
            for told in await admin.describe_topics(names)
        }
        every = [place for of_topic in places.values() for place in of_topic]
        begins, ends = await asyncio.gather(consumer.beginning_offsets(every), consumer.end_offsets(every))
        return {topic: {each: (begins[each], ends[each]) for each in places.get(topic, ())} for topic in names}


def _lag(
    readers: Readers,
    topic: str,
    group: tuple[int, Mapping[TopicPartition, Any]],
    bounds: Mapping[TopicPartition, tuple[int, int]],
) -> GroupLag:
    members, committed = group
    begun = [place for place in bounds if place in committed and committed[place].offset >= 0]
    behind = 0
    for place, (begin, end) in bounds.items():
        reached = committed[place].offset if place in begun else begin
        behind += max(0, end - max(reached, begin))
    return GroupLag(
        role=readers.role,
        group=readers.group,
        topic=topic,
        members=members,
        partitions=len(bounds),
        records=sum(end - begin for begin, end in bounds.values()),
        behind=behind if begun or not behind else None,
    )


async def _closed(*closing: Awaitable[None]) -> None:
    """Leaves what is not closed in time; it is of no group."""
    await asyncio.wait([asyncio.ensure_future(each) for each in closing], timeout=CLOSE_SECONDS)
