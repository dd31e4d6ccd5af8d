"""Follows a topic without a group: it commits nothing, and disturbs nobody."""

from datetime import datetime, timedelta
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.stopping import let_go

REQUEST_MILLISECONDS: Final = 10_000
FETCH_BYTES: Final = 65_536
AT_ONCE: Final = 1_000


class Follower:
    """Reads ``partitions`` partitions of a topic, from ``since`` on or from their beginning. One reader at a time.

    Raises ``KafkaError`` where the broker cannot be reached, or does not answer.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str,
        *,
        partitions: int = 1,
        since: datetime | None = None,
        patience: timedelta = timedelta(seconds=1),
    ) -> None:
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._since = since
        self._patience = round(patience.total_seconds() * 1000)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            client_id="acuse-health",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_MILLISECONDS,
            # What comes in ones and twos costs as much as what comes in hundreds.
            fetch_min_bytes=FETCH_BYTES,
            fetch_max_wait_ms=self._patience,
        )

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
            self._consumer.assign(self._places)
            if self._since is not None:
                await self._go_to(self._since)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def records(self) -> list[ConsumerRecord]:
        """What has come next, of all partitions; nothing where nothing did within the patience."""
        found = await self._consumer.getmany(timeout_ms=self._patience, max_records=AT_ONCE)
        return [record for records in found.values() for record in records]

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends by now."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._places)
        return ends

    async def is_at(self, ends: dict[TopicPartition, int]) -> bool:
        """Whether all before those ends has been read."""
        for place, end in ends.items():
            if await self._consumer.position(place) < end:
                return False
        return True

    async def _go_to(self, since: datetime) -> None:
        ends = await self.ends()
        found = await self._consumer.offsets_for_times(dict.fromkeys(self._places, round(since.timestamp() * 1000)))
        for place in self._places:
            self._consumer.seek(place, found[place].offset if found[place] else ends[place])

    async def _stop(self) -> None:
        await let_go(self._consumer.stop())
