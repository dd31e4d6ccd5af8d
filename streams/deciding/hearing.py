"""Up to when everything that ingest received has become attempts.

What is received is an event first, and an attempt once tracking has folded it, by any worker. So the ends of the events
topic are noted from time to time; when the tracking group has committed as far as one of these notes, everything that
was received before it has been taken in. Tracking commits only what it has told of, and deciding reads what is told
within ``SETTLING_SECONDS``.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.stopping import let_go

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.15
ANSWER_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 1.0
NOTES: Final = 3_000
"""Minutes of looking: of a group that is further behind than that, the latest notes suffice."""
SETTLING_SECONDS: Final = 0.25
"""More than twice as long as deciding's fetch may wait at the broker."""
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

Ends = Mapping[int, int]


class Hearing:
    """``run`` for as long as anybody asks ``until``."""

    def __init__(
        self, bootstrap_servers: str, *, topic: str, partitions: int, group: str, clock: Callable[[], datetime]
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._group = group
        self._clock = clock
        self._notes: deque[tuple[datetime, Ends]] = deque(maxlen=NOTES)
        self._confirmed: deque[tuple[float, datetime]] = deque()
        self._until = LONG_AGO

    def until(self) -> datetime:
        """Everything that was received by then has been taken in."""
        now = monotonic()
        while self._confirmed and self._confirmed[0][0] + SETTLING_SECONDS <= now:
            self._until = self._confirmed.popleft()[1]
        return self._until

    async def run(self) -> None:
        """Look on, until cancelled; survives the broker's absence."""
        while True:
            consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap_servers, enable_auto_commit=False)
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await consumer.start()
                    await admin.start()
                while True:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self._look(consumer, admin)
                    await asyncio.sleep(LOOK_SECONDS)
            except (KafkaError, OSError, TimeoutError) as error:
                logger.debug("how far tracking is cannot be told: %s", type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                await let_go(consumer.stop())
                await let_go(admin.close())

    async def _look(self, consumer: Any, admin: Any) -> None:
        at = self._clock()
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(self._places)
        self._notes.append((at, {place.partition: end for place, end in ends.items()}))
        committed = await admin.list_consumer_group_offsets(self._group, partitions=self._places)
        # Of a partition from which nothing was ever committed it says -1: one that nothing was ever written to, too.
        self._take({place.partition: max(found.offset, 0) for place, found in committed.items()})

    def _take(self, committed: Mapping[int, int]) -> None:
        reached = None
        while self._notes and all(committed.get(number, 0) >= end for number, end in self._notes[0][1].items()):
            reached = self._notes.popleft()[0]
        if reached is not None:
            self._confirmed.append((monotonic(), reached))
