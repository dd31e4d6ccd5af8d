"""Faust's aiokafka transport, handing over what was fetched of a partition as one message.

Faust's cost is per message: some 70 µs to take one from the consumer through the conductor and the stream to the
agent and back. So a message here is a batch: its value is the list of records that one fetch returned for one
partition, its offset the last record's, and completing it completes them all. Changelogs come in batches too, and
``streams.table`` takes them apart.
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple, cast

from aiokafka import ConsumerRecord
from faust.topics import Topic
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, EventT, Message
from mode.threads import WorkerThread
from mode.utils.queues import ThrowableQueue

Records = Sequence[ConsumerRecord]

ENOUGH_BYTES: Final = 256 * 1024
"""Of all partitions together: nobody waits for more."""


class BatchTopic(Topic):
    """A topic whose values are lists of records, left as they are for whoever knows what they hold.

    Its queue is not emptied when the flow is resumed, as Faust's is. Faust resumes partitions, seeks them to what is
    committed and resumes the flow, each in its turn and with the fetcher running: a batch that came after the seek and
    before the resumption would be dropped and never fetched again. What lies in the queue from before a rebalance is
    told by its generation, and what was fetched before the seek is folded twice, which changes nothing.
    """

    @property
    def queue(self) -> "ThrowableQueue[EventT[Any]]":
        if self._queue is None:
            size = self.app.conf.stream_buffer_maxsize if self.maxsize is None else self.maxsize
            self._queue = ThrowableQueue(maxsize=size, flow_control=self.app.flow_control, clear_on_resume=False)
        return self._queue

    def _compile_decode(self) -> None:
        """Faust would compile what decodes a value here, in the place of ``decode``."""

    async def decode(self, message: Message, *, propagate: bool = False) -> EventT[Any]:  # noqa: ARG002
        return self._create_event(message.key, message.value, message.headers, message=message)


class Daemon(WorkerThread):
    """A thread that does not keep the process alive: one that waits for a group or a broker may wait for long."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daemon = True


class Fetched(NamedTuple):
    """What was fetched while the group was in ``generation``."""

    generation: int
    records: Mapping[TP, Records]


class FetchingThread(driver.AIOKafkaConsumerThread):
    """Says in which generation it fetched, and has the broker wait for more, for ``patience`` seconds at most.

    What comes in meanwhile is one answer and one batch of each partition: either costs much the same whatever it holds.

    A fetch that waits for records while partitions are sought returns to a fetcher that has been stopped, perhaps, and
    has moved the consumer past them all the same. So what it brings is put back.
    """

    def __init__(self, *args: Any, patience: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience = patience
        self._seeks = 0

    def _create_worker_consumer(self, transport: Any) -> Any:
        # Faust passes neither on.
        consumer = super()._create_worker_consumer(transport)
        if self._patience:
            consumer._fetch_min_bytes = ENOUGH_BYTES  # noqa: SLF001
            consumer._fetch_max_wait_ms = int(self._patience * 1000)  # noqa: SLF001
        return consumer

    async def seek_to_committed(self) -> Any:
        return await self.call_thread(self._seek_to_committed)

    async def _seek_to_committed(self) -> Any:
        try:
            return await self._ensure_consumer().seek_to_committed()
        finally:
            self._seeks += 1

    async def _fetch_records(self, consumer: Any, *args: Any, **kwargs: Any) -> Any:
        seeks = self._seeks
        records = await super()._fetch_records(consumer, *args, **kwargs)
        if seeks != self._seeks:
            # Nothing can have come in between: the consumer moves in the very step in which it gives records out.
            for place, found in records.items():
                consumer.seek(place, found[0].offset)
            records = {}
        # A rebalance is told to this thread too, so none can have come since the records were handed over.
        return Fetched(self.app.consumer_generation_id, records)


class BatchConsumer(driver.Consumer):
    """Fetches batches, and commits behind the last one that was completed.

    Batches of a partition must be completed in their order, and a worker that failed at one must end without
    completing any after it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._completed: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        patience = cast("Any", self.app).fetch_patience
        return FetchingThread(self, patience=patience, Worker=Daemon, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Records]]:  # noqa: ASYNC109
        fetched = cast("Fetched", await super()._getmany(active_partitions, timeout))
        if fetched.generation != self.app.consumer_generation_id:
            # Fetched before a rebalance: whoever has the partition now reads on from what is committed.
            return {}
        return {tp: [records] for tp, records in fetched.records.items() if records}

    def _to_message(self, tp: TP, record: Records) -> ConsumerMessage:
        last = record[-1]
        return ConsumerMessage(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            None,
            None,
            cast("Any", record),  # Faust says bytes; the batch is all that its streams pass on
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def on_buffer_full(self, tp: TP) -> None:
        """A stream's queue of batches is bounded, and holds up whoever puts one more in.

        Faust would stop fetching from partitions one by one, and sleep for a second once there is none left.
        """

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Offsets between two batches' last ones are the batch itself, not a gap that must be accounted for."""

    def complete(self, message: Message) -> None:
        """Everything that follows from this batch is in Kafka; it may be committed.

        Not Faust's acknowledgement, since Faust gives that to batches too that it passes over in a rebalance.
        A batch of before a rebalance is not committed: its partition may be another's by now.
        """
        if message.generation_id == self.app.consumer_generation_id:
            self._completed[message.tp] = max(message.offset + 1, self._completed.get(message.tp, 0))
            self._n_acked += 1

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:  # noqa: ARG002 - always all of them
        # Faust's own accounts, which nobody else empties.
        self._acked.clear()
        self._acked_index.clear()
        return iter(list(self._completed))

    def _new_offset(self, tp: TP) -> int | None:
        return self._completed.get(tp)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)
        # What was completed while giving them up is committed by now; left here, it would be committed again
        # over another worker's progress when they come back.
        for tp in revoked:
            self._completed.pop(tp, None)

    def committed(self, tp: TP) -> int | None:
        """The offset from which a successor would read, or None before the partition's first one is known."""
        offset = self._committed_offset.get(tp)
        return None if offset is None else int(offset)

    def lag(self, tp: TP) -> int | None:
        """How many records are not yet dealt with and committed; None before anything was fetched."""
        end: int | None = self.highwater(tp)
        return None if end is None else max(0, end - (self.committed(tp) or 0))


class IdempotentProducer(driver.Producer):
    """Faust's producer with Kafka's idempotence, so that a retry neither doubles nor reorders."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def publish(self, topic: str, partition: int, records: Sequence[tuple[bytes, bytes | None]]) -> "Published":
        """Queue records in their order; they are on their way, not there yet. Raises ``KafkaError``."""
        producer = self._ensure_producer()
        published: Published = []
        batch = producer.create_batch()
        for key, value in records:
            if batch.append(key=key, value=value, timestamp=None) is None:
                published.append((await producer.send_batch(batch, topic, partition=partition), batch.record_count()))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        if batch.record_count():
            published.append((await producer.send_batch(batch, topic, partition=partition), batch.record_count()))
        return published


Published = list[tuple[Awaitable[Any], int]]
"""What acknowledges each part of what was published, and how many records that part has."""


async def acknowledged(published: Published) -> int | None:
    """The offset of the last record once Kafka has acknowledged them all. Raises ``KafkaError`` if it refuses one."""
    last: int | None = None
    for acknowledgement, count in published:
        metadata = await acknowledgement
        last = metadata.offset + count - 1
    return last


class BatchTransport(driver.Transport):
    Consumer: ClassVar[type[BatchConsumer]] = BatchConsumer
    Producer: ClassVar[type[IdempotentProducer]] = IdempotentProducer
