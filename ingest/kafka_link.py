"""One aiokafka producer from its connection to its replacement, and what Kafka has not yet acknowledged of it."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from ingest.gathering import Gathering
from ingest.publisher import NotPublished, Record


class Ticket:
    """One publish, until Kafka has answered for each of its records, whether or not anybody still waits for it."""

    __slots__ = ("acknowledged", "link", "since", "size", "unanswered")

    def __init__(self, link: "Link", count: int, size: int) -> None:
        self.link = link
        self.size = size
        self.since = time.monotonic()
        self.unanswered = count
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(self, error: BaseException | None) -> None:
        self.unanswered -= 1
        if error is not None and not self.acknowledged.done():
            self.acknowledged.set_exception(NotPublished(f"Kafka refused the records: {kind_of(error)}"))
        if self.unanswered == 0:
            self.link.forget(self)
            if not self.acknowledged.done():
                self.acknowledged.set_result(None)

    def leave(self) -> None:
        """Nobody waits any longer; what was sent remains counted until Kafka answers for it."""
        if not self.acknowledged.cancel() and not self.acknowledged.cancelled():
            self.acknowledged.exception()  # seen, so that asyncio does not complain of it


class Link:
    """One aiokafka producer, from its connection to its replacement, and what it has not been answered."""

    def __init__(self, producer: AIOKafkaProducer, *, linger_seconds: float) -> None:
        self.producer = producer
        self.unacknowledged_bytes = 0
        self.broken = asyncio.Event()
        self.why_broken = ""
        self._tickets: dict[Ticket, None] = {}  # in the order of their beginning
        self._drained: asyncio.Future[None] | None = None
        self._gathering = Gathering(producer, linger_seconds=linger_seconds, failed=self.break_because)

    def send(self, records: Sequence[Record], size: int) -> Ticket:
        """Have records of so many bytes sent. Raises `NothingPublished` before any is."""
        places = [self._gathering.place(record) for record in records]
        ticket = Ticket(self, len(records), size)
        self._tickets[ticket] = None
        self.unacknowledged_bytes += size
        for place, record in zip(places, records, strict=True):
            self._gathering.add(place, record, ticket)
        return ticket

    def forget(self, ticket: Ticket) -> None:
        if ticket in self._tickets:
            del self._tickets[ticket]
            self.unacknowledged_bytes -= ticket.size
            if self._drained is not None and not self._tickets and not self._drained.done():
                self._drained.set_result(None)

    async def close(self, patience_seconds: float) -> None:
        """Wait so long for what is unacknowledged, then let go of the rest; takes at most some seconds more."""
        if self._tickets:
            self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._drained], timeout=patience_seconds)
        await self._gathering.stop()
        if not self._tickets:
            # With nothing left to wait for this is quick; a broker that has just gone could still hold it up.
            with contextlib.suppress(TimeoutError, KafkaError):
                await asyncio.wait_for(self.producer.stop(), patience_seconds)
                return
        for ticket in self._tickets:
            if not ticket.acknowledged.done():
                ticket.acknowledged.set_exception(NotPublished("the connection to Kafka was given up"))
        await abandon(self.producer)

    def overdue_seconds(self) -> float:
        """How long the oldest unacknowledged publish has been waiting."""
        for oldest in self._tickets:
            return time.monotonic() - oldest.since
        return 0.0

    def break_because(self, error: BaseException) -> None:
        if not self.broken.is_set():
            self.why_broken = kind_of(error)
            self.broken.set()


def kind_of(error: BaseException) -> str:
    """The kind of error alone: messages of libraries may quote a record."""
    return type(error).__name__


async def abandon(producer: AIOKafkaProducer) -> None:
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
