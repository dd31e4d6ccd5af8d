"""Reads the calls of our partitions, from where they matter to their end and on, into a ledger for each."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from delivery.calls import MalformedCall, decode_call
from ingest.dispatch.ledger import Ledger
from ingest.dispatch.metrics import DispatchMetrics
from ingest.ending import ended
from ingest.members import let_go

logger = logging.getLogger(__name__)

FETCH_RECORDS: Final = 2_000
WAIT_MS: Final = 200
FETCH_WAIT_MS: Final = 50
"""How long the broker keeps a fetch that finds nothing. One that is under way leaves out the partitions of which the
last one's records were not taken yet, and a claim in those waits for it to end. Half as long was a third of all that
an idle stack asks of the broker."""
RETRY_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0


class CallsTail:
    """One consumer without a group. It is started once, for the partitions of one assignment."""

    def __init__(self, bootstrap_servers: str, topic: str, metrics: DispatchMetrics) -> None:
        self._topic = topic
        self._metrics = metrics
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            client_id="acuse-dispatch-calls",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        self._positions: dict[int, int] = {}
        self._moved = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.ledgers: Mapping[int, Ledger] = {}

    async def start(self, read_from: Mapping[int, int], since: datetime) -> None:
        """Return when every ledger holds what was written up to now: from its partition's offset on, and everything
        since a time. Raises `KafkaError`.
        """
        await self._consumer.start()
        places = {number: TopicPartition(self._topic, number) for number in read_from}
        self._consumer.assign(list(places.values()))
        recent = await self._consumer.offsets_for_times(
            dict.fromkeys(places.values(), max(int(since.timestamp() * 1000), 0))
        )
        ends = await self._consumer.end_offsets(list(places.values()))
        for number, place in places.items():
            found = recent.get(place)
            start = min(read_from[number], found.offset if found else ends[place])
            self._positions[number] = start
            self._consumer.seek(place, start)
        self.ledgers = {number: Ledger() for number in places}
        self._reading = asyncio.create_task(self._read(), name="dispatch-calls-tail")
        await self._reach({place.partition: end for place, end in ends.items()})

    async def stop(self) -> None:
        if self._reading is not None:
            await ended(self._reading)
        await let_go(self._consumer, STOP_SECONDS)

    def position(self, number: int) -> int:
        """The offset up to which a partition's calls are in its ledger."""
        return self._positions[number]

    async def catch_up(self, number: int, seconds: float) -> bool:
        """Whether the ledger holds, within that time, what was written until now."""
        place = TopicPartition(self._topic, number)
        try:
            async with asyncio.timeout(seconds):
                ends = await self._consumer.end_offsets([place])
                await self._reach({number: ends[place]})
        except (TimeoutError, KafkaError):
            return False
        return True

    async def _reach(self, ends: Mapping[int, int]) -> None:
        while any(self._positions[number] < end for number, end in ends.items()):
            if self._reading is not None and self._reading.done():
                self._reading.result()
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), RETRY_SECONDS)

    async def _read(self) -> None:
        while True:
            try:
                batches = await self._consumer.getmany(timeout_ms=WAIT_MS, max_records=FETCH_RECORDS)
            except KafkaError as error:
                logger.warning("the calls cannot be read: %s; tried again", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for place, records in batches.items():
                for record in records:
                    self._fold(record)
                self._positions[place.partition] = await self._consumer.position(place)
            if batches:
                self._moved.set()
                await asyncio.sleep(0)

    def _fold(self, record: ConsumerRecord) -> None:
        try:
            call = decode_call(record.value or b"")
        except MalformedCall:
            self._metrics.unreadable.labels(self._topic).inc()
            logger.error(  # noqa: TRY400 - the error may quote the record
                "%s [%d] %d is no call and is passed over", record.topic, record.partition, record.offset
            )
            return
        self.ledgers[record.partition].fold(call, record.offset)
