"""The partitions that this member has at one time, and the notices that are under way from them."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from ingest.dispatch.progress import Progress
from ingest.notify.config import NotifyConfig
from ingest.notify.courier import Courier
from ingest.notify.metrics import NotifyMetrics
from ingest.notify.recorder import Recorder
from ingest.notify.telling import Telling, Unreadable, Wanted, of_alert_record, of_decision_record, of_event_record

logger = logging.getLogger(__name__)

TRIES: Final = 3
FAULT_SECONDS: Final = 2.0

Teller = Callable[[bytes, Wanted], Telling | None]


class RecordsMissing(KafkaError):  # type: ignore[misc]  # aiokafka ships no types
    """What was fetched does not follow what was taken: to go on would be to commit past notices that are not sent."""


class Window:
    """From an assignment to its loss. `open` it before anything is fetched, in the loop that fetches."""

    def __init__(
        self,
        config: NotifyConfig,
        courier: Courier,
        recorder: Recorder,
        metrics: NotifyMetrics,
        places: Sequence[TopicPartition],
    ) -> None:
        self.places = places
        self.opened = False
        self.changed = asyncio.Event()
        """Set whenever a notice has come to an end, so that there is room for another."""
        self._config = config
        self._courier = courier
        self._recorder = recorder
        self._metrics = metrics
        self._tellers: Mapping[str, Teller] = {
            config.topics.decisions.name: of_decision_record,
            config.topics.events.name: of_event_record,
            config.topics.alerts.name: of_alert_record,
        }
        self._progress: dict[TopicPartition, Progress] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._held: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()
        self._closing = False

    @property
    def waiting(self) -> int:
        return len(self._tasks)

    @property
    def room(self) -> int:
        """How many more records may be taken at present."""
        return 0 if self._courier.gone.is_set() else max(self._config.window - len(self._tasks), 0)

    async def open(self, consumer: AIOKafkaConsumer, now: datetime) -> None:
        """Go on where the group has committed; where it never has, with what happened not long ago, which is committed
        at once: it would otherwise be another place after each restart.
        """
        begins = await consumer.beginning_offsets(self.places)
        known = {place: await consumer.committed(place) for place in self.places}
        new = [place for place, offset in known.items() if offset is None]
        starts = await self._recent(consumer, new, now) if new else {}
        for place in self.places:
            position = max(starts.get(place, 0) if known[place] is None else known[place], begins[place])
            self._progress[place] = Progress(position)
            self._committed[place] = position
            consumer.seek(place, position)
        if new:
            await consumer.commit({place: self._committed[place] for place in new})
            logger.info("notices begin with what happened in the last %g h", self._config.begin_hours)
        self.opened = True

    def take(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """Raises `RecordsMissing` before anything is taken."""
        progress = self._progress[place]
        if records[0].offset != progress.next:
            missing = f"{place.topic} [{place.partition}] goes on at {records[0].offset}, due is {progress.next}"
            raise RecordsMissing(missing)
        for record in records:
            progress.begin(record.offset)
            telling = self._telling(record)
            if telling is None or self._is_repetition(telling):
                progress.done(record.offset)
                continue
            self._under_way.add(telling.notice_id)
            task = asyncio.create_task(self._carry(telling, progress, record.offset))
            self._tasks[task] = None
            task.add_done_callback(self._forget)

    def to_commit(self) -> Mapping[TopicPartition, int]:
        """What is done and was not committed yet."""
        return {
            place: progress.low_water
            for place, progress in self._progress.items()
            if progress.low_water > self._committed[place]
        }

    def committed(self, marks: Mapping[TopicPartition, int]) -> None:
        self._committed.update(marks)

    def low_water(self) -> Mapping[TopicPartition, int]:
        return {place: progress.low_water for place, progress in self._progress.items()}

    async def close(self, seconds: float) -> None:
        """Begin nothing more; requests under way have so long. What is broken off is sent again, under the same id."""
        self._closing = True
        for task in [task for task in self._tasks if task not in self._held]:
            task.cancel()
        if self._held:
            await asyncio.wait(self._held, timeout=seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=1.0)

    async def _recent(
        self, consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], now: datetime
    ) -> Mapping[TopicPartition, int]:
        since = now - timedelta(hours=self._config.begin_hours)
        ends = await consumer.end_offsets(places)
        found = await consumer.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
        return {place: found[place].offset if found.get(place) else ends[place] for place in places}

    def _telling(self, record: ConsumerRecord) -> Telling | None:
        try:
            return self._tellers[record.topic](record.value or b"", self._config.wanted)
        except Unreadable:
            self._metrics.unreadable.labels(record.topic).inc()
            place = (record.topic, record.partition, record.offset)
            logger.error("%s [%d] %d cannot be read, and nobody is told of it", *place)  # noqa: TRY400 - it may be quoted
            return None

    def _is_repetition(self, telling: Telling) -> bool:
        """A record comes again after a crash of whoever wrote it. The mark stays below the first until that has ended,
        for both have one key and so one partition.
        """
        return telling.notice_id in self._under_way or self._recorder.ended(telling.notice_id)

    async def _carry(self, telling: Telling, progress: Progress, offset: int) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one

        def release() -> None:
            self._held.discard(task)
            if self._closing:
                task.cancel()

        for _ in range(TRIES):
            try:
                ended = await self._courier.deliver(telling, lambda: self._held.add(task), release)
                break
            except Exception as error:  # noqa: BLE001 - a fault of ours in one must not hold up all others
                logger.error("a notice could not be carried: %s", type(error).__name__)  # noqa: TRY400
                release()
                await asyncio.sleep(FAULT_SECONDS)
        else:
            ended = await self._courier.bury(telling)
        if ended:
            self._under_way.discard(telling.notice_id)
            progress.done(offset)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._held.discard(task)
        self.changed.set()
