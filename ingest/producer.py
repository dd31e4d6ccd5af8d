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
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from delivery.topics import EVENTS, MAX_RECORD_BYTES, UNPARSED
from ingest.publisher import NotPublished, Record, RecordTooLarge

RECORD_OVERHEAD_BYTES: Final = 512
"""Above any batch and record header, so that what passes our check passes the broker's."""
RECORD_LIMIT_BYTES: Final = MAX_RECORD_BYTES - RECORD_OVERHEAD_BYTES
BATCH_BYTES: Final = 256 * 1024
PROBE_SECONDS: Final = 1.0
REPLACE_AFTER_TIMEOUTS: Final = 3
"""A producer that has been overdue for so many produce timeouts is replaced: brokers may have moved."""
RECONNECT_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
STOP_SECONDS: Final = 2.0
PART: Final = "kafka"

logger = logging.getLogger(__name__)
# At DEBUG aiokafka logs keys and values, which are personal, whatever the level of the process.
logging.getLogger("aiokafka.producer").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerConfig:
    """`timeout_seconds` bounds one publish; `buffer_bytes` bounds what Kafka has not acknowledged."""

    bootstrap_servers: str
    timeout_seconds: float = 4.0
    buffer_bytes: int = 64 * 1024 * 1024
    linger_ms: int = 4
    topics: tuple[str, ...] = (EVENTS.name, UNPARSED.name)


class _Ticket:
    """One publish, until Kafka has answered for each of its records, whether or not anybody still waits for it."""

    __slots__ = ("acknowledged", "link", "since", "size", "unanswered", "unsent")

    def __init__(self, link: "_Link", count: int, size: int) -> None:
        self.link = link
        self.size = size
        self.since = time.monotonic()
        self.unsent = count
        self.unanswered = 0
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def sent(self, answer: "asyncio.Future[object]") -> None:
        self.unsent -= 1
        self.unanswered += 1
        answer.add_done_callback(self._answered)

    def _answered(self, answer: "asyncio.Future[object]") -> None:
        self.unanswered -= 1
        error = answer.exception()
        if error is not None:
            self.link.break_because(error)
            if not self.acknowledged.done():
                self.acknowledged.set_exception(NotPublished(f"Kafka refused the records: {_name(error)}"))
        if self.unsent == 0 and self.unanswered == 0:
            self.link.forget(self)
            if not self.acknowledged.done():
                self.acknowledged.set_result(None)

    def give_up(self) -> None:
        """Nobody waits any longer; what was sent remains counted until Kafka answers."""
        self.acknowledged.cancel()
        self.unsent = 0
        if self.unanswered == 0:
            self.link.forget(self)


class _Link:
    """One aiokafka producer, from its connection to its replacement, and what it has not been answered."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self.unacknowledged_bytes = 0
        self.broken = asyncio.Event()
        self.why_broken = ""
        self._tickets: dict[_Ticket, None] = {}  # in the order of their beginning
        self._drained: asyncio.Future[None] | None = None

    def open_ticket(self, count: int, size: int) -> _Ticket:
        ticket = _Ticket(self, count, size)
        self._tickets[ticket] = None
        self.unacknowledged_bytes += size
        return ticket

    def forget(self, ticket: _Ticket) -> None:
        if ticket in self._tickets:
            del self._tickets[ticket]
            self.unacknowledged_bytes -= ticket.size
            if self._drained is not None and not self._tickets and not self._drained.done():
                self._drained.set_result(None)

    async def close(self, patience_seconds: float) -> None:
        """Wait so long for what is unacknowledged, then let go of the rest."""
        if self._tickets and patience_seconds:
            self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._drained], timeout=patience_seconds)
        if not self._tickets:
            # With nothing left to wait for this is quick; a broker that has just gone could still hold it up.
            with contextlib.suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(self.producer.stop(), patience_seconds or STOP_SECONDS)
                return
        for ticket in self._tickets:
            if not ticket.acknowledged.done():
                ticket.acknowledged.set_exception(NotPublished("the connection to Kafka was given up"))
        await _abandon(self.producer)

    def overdue_seconds(self) -> float:
        """How long the oldest unacknowledged publish has been waiting."""
        for oldest in self._tickets:
            return time.monotonic() - oldest.since
        return 0.0

    def break_because(self, error: BaseException) -> None:
        if not self.broken.is_set():
            self.why_broken = _name(error)
            self.broken.set()


class KafkaPublisher:
    """The `Publisher` of a running process. One for each event loop; it belongs to the loop that started it."""

    def __init__(self, config: ProducerConfig) -> None:
        self._config = config
        self._link: _Link | None = None
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
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        if self._link is not None:
            self._say_farewell(self._link)
        self._link = None
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
        ticket = link.open_ticket(len(records), size)
        try:
            async with asyncio.timeout(self._config.timeout_seconds):
                for record in records:
                    ticket.sent(await link.producer.send(record.topic, record.value, record.key))
                await ticket.acknowledged
        except TimeoutError:
            seconds = self._config.timeout_seconds
            raise NotPublished(f"Kafka did not acknowledge within {seconds:g} s") from None
        except KafkaError as error:
            link.break_because(error)
            raise NotPublished(f"Kafka cannot take records: {_name(error)}") from None
        finally:
            if not ticket.acknowledged.done() or ticket.acknowledged.cancelled():
                ticket.give_up()

    def _note_trouble(self, trouble: str) -> None:
        """Say in the log what changed, once: aiokafka says it many times a second."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            logger.warning("Kafka cannot take records: %s", trouble)
        else:
            logger.info("Kafka takes records")

    def _admit(self, size: int) -> _Link:
        link = self._link
        if link is None:
            raise NotPublished(f"no connection to Kafka: {self._trouble}")
        if link.unacknowledged_bytes + size > self._config.buffer_bytes:
            raise NotPublished("too much is waiting for Kafka")
        if self._overdue():
            raise NotPublished("Kafka is not acknowledging")
        return link

    def _overdue(self) -> bool:
        return self._link is not None and self._link.overdue_seconds() > self._config.timeout_seconds

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            try:
                link = await self._connect()
            except (KafkaError, OSError, TimeoutError, _TopicMissing) as error:
                self._note_trouble(str(error) if isinstance(error, _TopicMissing) else f"unreachable: {_name(error)}")
                await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
                attempt += 1
                continue
            attempt = 0
            self._link = link
            self._note_trouble("")
            self._connected.set()
            why = await self._watch(link)
            self.replaced += 1
            self._note_trouble(f"the producer is replaced: {why}")
            self._connected.clear()
            self._link = None
            self._say_farewell(link)

    async def _connect(self) -> _Link:
        config = self._config
        producer = AIOKafkaProducer(
            bootstrap_servers=config.bootstrap_servers,
            client_id="acuse-ingest",
            acks="all",
            enable_idempotence=True,
            linger_ms=config.linger_ms,
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=round(config.timeout_seconds * 1000),
        )
        try:
            async with asyncio.timeout(config.timeout_seconds):
                await producer.start()
                await _find_topics(producer, config.topics)
        except BaseException:
            await _abandon(producer)
            raise
        return _Link(producer)

    async def _watch(self, link: _Link) -> str:
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
            except TimeoutError:
                reached = False
            self._note_trouble("" if reached else "unreachable: no broker answers")

    def _say_farewell(self, link: _Link) -> None:
        patience = 0.0 if link.broken.is_set() else STOP_SECONDS
        task = asyncio.create_task(link.close(patience))
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


def _name(error: BaseException) -> str:
    """The kind of error alone: messages of libraries may quote a record."""
    return type(error).__name__


async def _abandon(producer: AIOKafkaProducer) -> None:
    # aiokafka has no way to let go of batches that wait for a broker, so its parts are ended one by one: who sends,
    # then the connections. Nobody is left to wait for the batches, and they are garbage.
    producer._closed = True  # noqa: SLF001 - there is no public way, see above
    sender = producer._sender.sender_task  # noqa: SLF001
    for _ in range(2):  # a first cancellation waits for requests under way, a second one ends that too
        if sender is not None and not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=0.2)
        with contextlib.suppress(TimeoutError, KafkaError):
            await asyncio.wait_for(producer.client.close(), 1.0)
