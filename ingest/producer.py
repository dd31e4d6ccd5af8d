"""The one Kafka producer: idempotent, acknowledged by all replicas, bounded in time and memory, and self-healing.

What aiokafka does that has to be worked around here:

- a batch of an idempotent producer never expires, so that `send` waits as long as the broker is away: each publish has
  a deadline, what is unacknowledged is counted until Kafka answers for it (waited for or not), and while the oldest of
  it is overdue nothing more is taken;
- after an error that cannot be retried, the partition's sequence has a hole and every later batch fails: the producer
  is replaced;
- `stop` waits for batches that may never go: it gets a deadline too.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from delivery.topics import EVENTS, MAX_RECORD_BYTES, UNPARSED
from ingest.deadlines import Deadlines
from ingest.ending import ended
from ingest.kafka_link import Link, abandon, kind_of
from ingest.publisher import NothingPublished, NotPublished, Record, RecordTooLarge

RECORD_OVERHEAD_BYTES: Final = 512
"""Above any batch and record header, so that what passes our check passes the broker's."""
RECORD_LIMIT_BYTES: Final = MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES
BATCH_BYTES: Final = 256 * 1024
PROBE_SECONDS: Final = 1.0
REPLACE_AFTER_TIMEOUTS: Final = 3
"""A producer that has been overdue for so many produce timeouts is replaced: brokers may have moved."""
RECONNECT_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
STOP_SECONDS: Final = 2.0
"""How long a producer that is let go may wait for what it has sent."""
PART: Final = "kafka"

logger = logging.getLogger(__name__)
# At DEBUG aiokafka logs keys, values and whole requests, which are personal, whatever the level of the process.
logging.getLogger("aiokafka").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerConfig:
    """`timeout_seconds` bounds one publish; `buffer_bytes` bounds what Kafka has not acknowledged."""

    bootstrap_servers: str
    timeout_seconds: float = 4.0
    buffer_bytes: int = 64 * 1024 * 1024
    linger_ms: int = 5
    topics: tuple[str, ...] = (EVENTS.name, UNPARSED.name)


class KafkaPublisher:
    """The `Publisher` of a running process. One for each event loop; it belongs to the loop that started it."""

    def __init__(self, config: ProducerConfig) -> None:
        self._config = config
        self._deadlines = Deadlines(config.timeout_seconds)
        self._link: Link | None = None
        self._trouble = "not started"
        self._connected = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._farewells: set[asyncio.Task[None]] = set()
        self.replaced = 0
        """How many producers had to be replaced."""

    async def start(self) -> None:
        self._trouble = "connecting"
        self._keeper = asyncio.create_task(self._keep_connected(), name="kafka-producer-keeper")

    async def stop(self) -> None:
        self._trouble = "stopping"
        if self._keeper is not None:
            await ended(self._keeper)
        if self._farewells:
            await asyncio.wait(self._farewells)

    async def wait_connected(self, seconds: float) -> None:
        """Return once something can be published. Raises `NotPublished` with the reason when that takes longer."""
        try:
            await asyncio.wait_for(self._connected.wait(), seconds)
        except TimeoutError:
            raise NotPublished(f"no connection to Kafka: {self._trouble}") from None

    def troubles(self) -> Mapping[str, str]:
        if self._trouble:
            return {PART: self._trouble}
        if self._overdue():
            return {PART: "what was sent last is not acknowledged"}
        return {}

    async def publish(self, records: Sequence[Record]) -> None:
        size = _checked_size(records)
        link = self._admit(size)
        ticket = link.send(records, size)
        try:
            with self._deadlines.limit():
                await ticket.acknowledged
        except TimeoutError:
            seconds = self._config.timeout_seconds
            raise NotPublished(f"Kafka did not acknowledge within {seconds:g} s") from None
        finally:
            ticket.leave()

    def _note_trouble(self, trouble: str) -> None:
        """Say in the log what changed, once: aiokafka says it many times a second."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            logger.warning("Kafka cannot take records: %s", trouble)
        else:
            logger.info("Kafka takes records")

    def _admit(self, size: int) -> Link:
        link = self._link
        if link is None:
            raise NothingPublished(f"no connection to Kafka: {self._trouble}")
        if link.unacknowledged_bytes + size > self._config.buffer_bytes:
            raise NothingPublished("too much is waiting for Kafka")
        if self._overdue():
            raise NothingPublished("Kafka is not acknowledging")
        return link

    def _overdue(self) -> bool:
        return self._link is not None and self._link.overdue_seconds() > self._config.timeout_seconds

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            link = await self._try_to_connect()
            if link is None:
                await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
                attempt += 1
                continue
            attempt = 0
            self._link = link
            self._note_trouble("")
            self._connected.set()
            try:
                why = await self._watch(link)
            finally:
                self._connected.clear()
                self._link = None
                self._say_farewell(link)
            self.replaced += 1
            self._note_trouble(f"the producer is replaced: {why}")

    async def _try_to_connect(self) -> Link | None:
        try:
            return await self._connect()
        except _TopicMissing as error:
            self._note_trouble(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, only the next attempt can mend it
            self._note_trouble(f"unreachable: {kind_of(error)}")
        return None

    async def _connect(self) -> Link:
        config = self._config
        producer = AIOKafkaProducer(
            bootstrap_servers=config.bootstrap_servers,
            client_id="acuse-ingest",
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=round(config.timeout_seconds * 1000),
        )
        try:
            async with asyncio.timeout(config.timeout_seconds):
                await producer.start()
                await _find_topics(producer, config.topics)
        except BaseException:
            await abandon(producer)
            raise
        return Link(producer, linger_seconds=config.linger_ms / 1000)

    async def _watch(self, link: Link) -> str:
        """Return why the link is of no more use. Until then, know whether the broker can be reached."""
        timeout = self._config.timeout_seconds
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(link.broken.wait(), PROBE_SECONDS)
                return link.why_broken
            if link.overdue_seconds() > timeout * REPLACE_AFTER_TIMEOUTS:
                return f"nothing acknowledged for {link.overdue_seconds():.0f} s"
            try:
                reached = await asyncio.wait_for(link.producer.client.force_metadata_update(), timeout)
            except (TimeoutError, KafkaError):
                reached = False
            self._note_trouble("" if reached else "unreachable: no broker answers")

    def _say_farewell(self, link: Link) -> None:
        task = asyncio.create_task(link.close(STOP_SECONDS))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)


class _TopicMissing(Exception):
    def __init__(self, topic: str) -> None:
        super().__init__(f"the topic {topic} does not exist; create it with `acuse topics`")


async def _find_topics(producer: AIOKafkaProducer, topics: Sequence[str]) -> None:
    existing = (await producer.client.fetch_all_metadata()).topics()
    for topic in topics:
        if topic not in existing:
            raise _TopicMissing(topic)
        await producer.partitions_for(topic)  # so that the first publish need not ask


def _checked_size(records: Sequence[Record]) -> int:
    total = 0
    for record in records:
        size = len(record.key) + len(record.value)
        if size > RECORD_LIMIT_BYTES:
            raise RecordTooLarge(size, RECORD_LIMIT_BYTES)
        total += size
    return total
