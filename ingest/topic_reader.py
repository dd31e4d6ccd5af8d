"""Reading what a topic holds at one moment, from a start to the end that it then had."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from delivery.topics import Topic

WAIT_MILLISECONDS: Final = 1_000
MOST_WAITS: Final = 30
"""In a row, without a record of what the broker said that it has."""
FETCH_RECORDS: Final = 2_000
REQUEST_MILLISECONDS: Final = 20_000


class TopicStalled(Exception):
    """The broker stopped giving records that it said it has."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic}: no record for {WAIT_MILLISECONDS * MOST_WAITS / 1000:g} s; is the broker well?")


class TopicReader:
    """One consumer without a group: it commits nothing, and disturbs nobody."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            client_id="acuse-ingest-reader",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_MILLISECONDS,
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    def another(self) -> "TopicReader":
        """A second reader of the same broker, that stands somewhere else."""
        return TopicReader(self._bootstrap_servers)

    async def span(
        self,
        topic: Topic,
        partitions: Iterable[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[TopicPartition, tuple[int, int]]:
        """First offset and end of each partition that holds anything; all partitions unless some are named.
        With `since`, only what has been written since then, and with `until`, before then, by the records' own time.

        Raises `LookupError` when there is no such topic.
        """
        if topic.name not in await self._consumer.topics():
            raise LookupError(f"the topic {topic.name} does not exist; create it with `acuse topics`")
        chosen = [TopicPartition(topic.name, part) for part in partitions or range(topic.partitions)]
        ends = await self._consumer.end_offsets(chosen)
        starts = await self._consumer.beginning_offsets(chosen)
        if since is not None:
            starts = await self._first_from(since, ends)
        if until is not None:
            ends = await self._first_from(until, ends)
        return {part: (starts[part], ends[part]) for part in chosen if starts[part] < ends[part]}

    async def _first_from(self, moment: datetime, otherwise: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The first offset of each partition whose record was written then or later."""
        milliseconds = int(moment.timestamp() * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(otherwise, milliseconds))
        return {part: found[part].offset if found[part] else end for part, end in otherwise.items()}

    async def read(self, span: dict[TopicPartition, tuple[int, int]]) -> AsyncIterator[list[ConsumerRecord]]:
        """What lies in the span, in batches, each of one partition. Raises `TopicStalled`."""
        consumer = self._consumer
        if not span:
            return
        consumer.assign(list(span))
        for part, (start, _) in span.items():
            consumer.seek(part, start)
        left, waits = dict(span), 0
        while left:
            batches = await consumer.getmany(*left, timeout_ms=WAIT_MILLISECONDS, max_records=FETCH_RECORDS)
            for part, records in batches.items():
                end = span[part][1]
                yield [record for record in records if record.offset < end]
            for part in list(left):
                if await consumer.position(part) >= left[part][1]:
                    del left[part]
                    consumer.pause(part)
            waits = 0 if batches else waits + 1
            if waits >= MOST_WAITS:
                raise TopicStalled(next(iter(left)).topic)
