"""One consumer's life in the group of notifiers, and what it was assigned."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from ingest.ending import ended
from ingest.members import ANSWER_SECONDS, let_go, open_member
from ingest.notify.config import NotifyConfig
from ingest.notify.metrics import NotifyMetrics
from ingest.notify.recorder import Recorder
from ingest.notify.window import Window
from ingest.publisher import Publisher

logger = logging.getLogger(__name__)

POLL_MS: Final = 200
IDLE_SECONDS: Final = 0.2
LAG_SECONDS: Final = 5.0


async def unless(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do it, or as much of it as is done when it is time to stop. Raises what it does."""
    task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        await ended(task, stop)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """`hear` is told what is in the way of all notices, None where nothing is."""

    def __init__(
        self,
        config: NotifyConfig,
        make_window: Callable[[Sequence[TopicPartition]], Window],
        recorder: Recorder,
        publisher: Publisher,
        metrics: NotifyMetrics,
        hear: Callable[[str | None], None],
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
    ) -> None:
        self._config = config
        self._make_window = make_window
        self._recorder = recorder
        self._stopping = stopping
        self._publisher = publisher
        self._metrics = metrics
        self._hear = hear
        self._clock = clock
        self._consumer = _consumer(config)
        self._window: Window | None = None
        self._commit_at = 0.0
        self._lag_at = 0.0

    @property
    def waiting(self) -> int:
        return self._window.waiting if self._window else 0

    async def run(self) -> None:
        """Until it is time to stop. Raises what Kafka's client does."""
        topics = self._config.topics
        self._consumer.subscribe([topics.decisions.name, topics.events.name, topics.alerts.name], listener=self)
        try:
            await unless(self._stopping, self._consumer.start())
            while not self._stopping.is_set():
                await self._round()
        finally:
            await self._leave()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002
        await self._let_go()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._window = self._make_window(sorted(assigned))

    async def _round(self) -> None:
        """Take up what there is room for, and commit what is done."""
        window = self._window
        trouble = self._in_the_way(window)
        self._hear(trouble if window is None or window.opened else trouble or "finding where to go on")
        if window is None or trouble is not None:
            await asyncio.sleep(IDLE_SECONDS)
        elif not window.opened:
            # Here and not where it is assigned: there the group waits for us, and we would for the group.
            await unless(self._stopping, self._open(window))
        elif window.room:
            await self._fetch(window)
        else:
            window.changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(window.changed.wait(), IDLE_SECONDS)
        await self._now_and_then()

    def _in_the_way(self, window: Window | None) -> str | None:
        """What was sent could not be written down while Kafka takes nothing, so nothing is sent then."""
        if window is None:
            return "no partition is assigned yet"
        return next(iter(self._publisher.troubles().values()), None)

    async def _open(self, window: Window) -> None:
        """Only now, since whoever had these partitions before may have written until it lost them."""
        await self._recorder.recall(self._config.bootstrap_servers)
        with contextlib.suppress(IllegalStateError):  # they were taken away meanwhile
            await asyncio.wait_for(window.open(self._consumer, self._clock()), 2 * ANSWER_SECONDS)

    async def _fetch(self, window: Window) -> None:
        try:
            batches = await self._consumer.getmany(*window.places, timeout_ms=POLL_MS, max_records=window.room)
        except IllegalStateError:
            return  # they were taken away meanwhile
        if window is self._window:
            for place, records in batches.items():
                window.take(place, records)

    async def _now_and_then(self) -> None:
        window, now = self._window, time.monotonic()
        if window is None or not window.opened:
            return
        if now >= self._commit_at:
            self._commit_at = now + self._config.commit_seconds
            await self._commit(window)
        if now >= self._lag_at:
            self._lag_at = now + LAG_SECONDS
            await self._measure(window)

    async def _commit(self, window: Window) -> None:
        """What cannot be committed now is so the next time."""
        marks = window.to_commit()
        if not marks:
            return
        try:
            await asyncio.wait_for(self._consumer.commit(dict(marks)), ANSWER_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            logger.warning("offsets of notices are not committed yet: %s", type(error).__name__)
        else:
            window.committed(marks)

    async def _measure(self, window: Window) -> None:
        try:
            ends = await asyncio.wait_for(self._consumer.end_offsets(window.places), ANSWER_SECONDS)
        except (KafkaError, IllegalStateError, TimeoutError):
            return
        for place, reached in window.low_water().items():
            self._metrics.lag.labels(place.topic, place.partition).set(max(ends[place] - reached, 0))

    async def _let_go(self) -> None:
        window, self._window = self._window, None
        if window is None:
            return
        await window.close(self._config.handover_seconds)
        if window.opened:
            await self._commit(window)
            for place in window.places:
                with contextlib.suppress(KeyError):
                    self._metrics.lag.remove(place.topic, str(place.partition))

    async def _leave(self) -> None:
        await self._let_go()
        if not await let_go(self._consumer):
            logger.warning("the consumer of notices did not leave in order")


def _consumer(config: NotifyConfig) -> AIOKafkaConsumer:
    return open_member(
        config.bootstrap_servers,
        client_id="acuse-notify",
        group_id=config.group_id,
        instance_id=config.instance_id,
        session_seconds=config.session_seconds,
        handover_seconds=config.handover_seconds,
    )
