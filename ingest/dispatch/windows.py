"""What is known of conversation windows: those of the last days, of so many contacts at most."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from delivery.orders import Order
from delivery.topics import Topic
from delivery.windows import MalformedWindow, Window, contact_id, decode_window, needs_window
from ingest.dispatch.lines import Line
from ingest.members import let_go

logger = logging.getLogger(__name__)

DAYS: Final = timedelta(days=4)
"""Of who wrote last before that, nothing is known, and the provider decides."""
MOST_CONTACTS: Final = 50_000
FETCH_RECORDS: Final = 2_000
FETCH_WAIT_MS: Final = 200
RETRY_SECONDS: Final = 5.0
STOP_SECONDS: Final = 2.0


class Windows:
    """`run` for as long as the dispatcher does. What is not known is no reason to refuse anything."""

    def __init__(self, bootstrap_servers: str, topic: Topic, clock: Callable[[], datetime]) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topic = topic
        self._clock = clock
        self._open_until: OrderedDict[str, Window] = OrderedDict()
        self._well = False

    def __len__(self) -> int:
        return len(self._open_until)

    def refuse(self, order: Order, line: Line) -> bool:
        """Whether it needs a window that is known to be closed. One that the provider itself fails over goes to it."""
        if not self._well or not needs_window(order) or line.fails_over(order):
            return False
        known = self._open_until.get(contact_id(order.provider, order.channel, order.personal.to))
        return known is not None and known.is_closed(self._clock())

    def note(self, window: Window) -> None:
        known = self._open_until.pop(window.contact, window)
        self._open_until[window.contact] = max(known, window, key=lambda each: each.last_inbound_at)
        if len(self._open_until) > MOST_CONTACTS:
            self._open_until.popitem(last=False)

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                logger.warning("conversation windows cannot be read: %s; tried again", type(error).__name__)
            self._well = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers,
            client_id="acuse-dispatch-windows",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        try:
            await consumer.start()
            if self._topic.name not in await consumer.topics():
                return
            places = [TopicPartition(self._topic.name, number) for number in range(self._topic.partitions)]
            consumer.assign(places)
            await self._begin(consumer, places)
            while True:
                for records in (await consumer.getmany(timeout_ms=1_000, max_records=FETCH_RECORDS)).values():
                    self._take(records)
        finally:
            await let_go(consumer, STOP_SECONDS)

    async def _begin(self, consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
        """Read what there is of the last days; only then is anything refused."""
        ends = await consumer.end_offsets(places)
        since = int((self._clock() - DAYS).timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(places, since))
        for place in places:
            first = found.get(place)
            consumer.seek(place, first.offset if first else ends[place])
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(timeout_ms=1_000, max_records=FETCH_RECORDS)).values():
                self._take(records)
        self._well = True

    def _take(self, records: list[ConsumerRecord]) -> None:
        for record in records:
            with contextlib.suppress(MalformedWindow):
                self.note(decode_window(record.value or b""))
