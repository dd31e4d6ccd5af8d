"""Reading again what could once not be read, with today's code, and publishing what it tells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka import ConsumerRecord
from aiokafka.partitioner import murmur2

from delivery.events import Event, MalformedEvent, decode
from delivery.topics import EVENTS, UNPARSED
from delivery.unparsed import Unparsed, decode_unparsed
from ingest.config import IngestConfig
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.provider import Provider, ReceivesWebhooks
from ingest.providers import PROVIDERS
from ingest.publisher import Publisher, event_record
from ingest.topic_reader import TopicReader
from ingest.webhook import Unreadable, WebhookRequest

CHUNK_PAYLOADS: Final = 20_000
CHUNK_BYTES: Final = 64 * 1024 * 1024
PUBLISH_AT_ONCE: Final = 500
CONNECT_SECONDS: Final = 15.0
CLOCK_MARGIN: Final = timedelta(hours=1)
"""By how much the clocks of two ingest machines may differ."""

Progress = Callable[[int, int], None]
"""Called with how many payloads have been looked at, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of the payloads: `parsed` ones told something new, `already_known` ones nothing new (they were read
    before, or the same came again), `silent` ones nothing at all, and `unreadable` ones are still that.
    `skipped` were not asked for, or are of no provider that calls. `events` is how many were published.
    """

    parsed: int = 0
    already_known: int = 0
    silent: int = 0
    unreadable: int = 0
    skipped: int = 0
    events: int = 0

    @property
    def payloads(self) -> int:
        return self.parsed + self.already_known + self.silent + self.unreadable + self.skipped


async def replay_unparsed(
    config: IngestConfig,
    *,
    provider: str | None = None,
    since: datetime | None = None,
    providers: Mapping[str, type[Provider]] = PROVIDERS,
    progress: Progress = lambda _done, _total: None,
) -> Replayed:
    """Parse every kept payload (of one provider, received from `since` on) up to the topic's present end, and publish
    the events that are not known yet. They keep the time at which the payload first came.

    To run it again, or to break it off, does no harm: an event that was published already is the same event.
    Raises `NotPublished`, `TopicStalled`, aiokafka's `KafkaError`, and `LookupError` for a topic that does not exist.
    """
    publisher = KafkaPublisher(
        ProducerConfig(bootstrap_servers=config.bootstrap_servers, timeout_seconds=config.produce_timeout_seconds)
    )
    async with TopicReader(config.bootstrap_servers) as reader:
        await publisher.start()
        try:
            await publisher.wait_connected(CONNECT_SECONDS)
            return await _Replay(reader, publisher, _receivers(providers, provider), since, progress).run()
        finally:
            await publisher.stop()


def _receivers(providers: Mapping[str, type[Provider]], wanted: str | None) -> dict[str, ReceivesWebhooks]:
    receivers = {name: kind() for name, kind in providers.items() if wanted in (None, name)}
    return {name: receiver for name, receiver in receivers.items() if isinstance(receiver, ReceivesWebhooks)}


class _Replay:
    def __init__(
        self,
        reader: TopicReader,
        publisher: Publisher,
        receivers: Mapping[str, ReceivesWebhooks],
        since: datetime | None,
        progress: Progress,
    ) -> None:
        self._reader = reader
        self._publisher = publisher
        self._receivers = receivers
        self._since = since
        self._progress = progress
        self._published: set[str] = set()
        self._so_far = Replayed()

    async def run(self) -> Replayed:
        reader = self._reader
        span = await reader.span(UNPARSED)
        total = sum(end - start for start, end in span.values())
        chunk = _Chunk()
        self._progress(0, total)
        # The known events are looked up with a reader of their own: this one stands within the payloads.
        async for batch in reader.read(span):
            for record in batch:
                self._look_at(record, chunk)
            if len(chunk.payloads) >= CHUNK_PAYLOADS or chunk.size >= CHUNK_BYTES:
                await self._settle(chunk)
                chunk = _Chunk()
            self._progress(min(self._so_far.payloads + len(chunk.payloads), total), total)
        await self._settle(chunk)
        self._progress(total, total)
        return self._so_far

    def _look_at(self, record: ConsumerRecord, chunk: "_Chunk") -> None:
        try:
            unparsed = decode_unparsed(record.value or b"")
        except MalformedEvent:
            self._count(unreadable=1)
            return
        receiver = self._receivers.get(unparsed.provider)
        if receiver is None or (self._since is not None and unparsed.received_at < self._since):
            self._count(skipped=1)
            return
        try:
            events = receiver.parse(_request(unparsed))
        except Unreadable:
            self._count(unreadable=1)
        except Exception:  # noqa: BLE001 - our fault or theirs, it stays kept, and the next one gets its turn
            self._count(unreadable=1)
        else:
            if events:
                chunk.add(events, record)
            else:
                self._count(silent=1)

    async def _settle(self, chunk: "_Chunk") -> None:
        if not chunk.payloads:
            return
        known = self._published | await self._known(chunk)
        new: list[Event] = []
        for events in chunk.payloads:
            fresh = [event for event in events if event.event_id not in known]
            known.update(event.event_id for event in fresh)
            new.extend(fresh)
            self._count(**{"parsed" if fresh else "already_known": 1})
        await self._publish(new)

    async def _publish(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), PUBLISH_AT_ONCE):
            part = events[start : start + PUBLISH_AT_ONCE]
            await self._publisher.publish([event_record(event) for event in part])
            self._published.update(event.event_id for event in part)
            self._count(events=len(part))

    async def _known(self, chunk: "_Chunk") -> set[str]:
        """Which of the chunk's events Kafka has already: by an earlier run, or told in another way."""
        wanted = {event.event_id: event.key.encode() for events in chunk.payloads for event in events}
        keys = set(wanted.values())
        known: set[str] = set()
        async with self._reader.another() as reader:
            involved = {(murmur2(key) & 0x7FFFFFFF) % EVENTS.partitions for key in keys}
            span = await reader.span(EVENTS, involved, chunk.earliest - CLOCK_MARGIN)
            async for batch in reader.read(span):
                known.update(
                    event_id for record in batch if record.key in keys and (event_id := _event_id(record)) in wanted
                )
        return known

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self._so_far, name) + amount for name, amount in more.items()}
        self._so_far = replace(self._so_far, **counts)


class _Chunk:
    """The readable payloads that are settled together, since looking up what is known means reading a topic."""

    def __init__(self) -> None:
        self.payloads: list[Sequence[Event]] = []
        self.size = 0
        self.earliest = datetime.max.replace(tzinfo=UTC)

    def add(self, events: Sequence[Event], record: ConsumerRecord) -> None:
        self.payloads.append(events)
        self.size += len(record.value or b"")
        self.earliest = min(self.earliest, datetime.fromtimestamp(record.timestamp / 1000, UTC))


def _event_id(record: ConsumerRecord) -> str:
    try:
        return decode(record.value or b"").event_id
    except MalformedEvent:
        return ""


def _request(unparsed: Unparsed) -> WebhookRequest:
    return WebhookRequest(
        method=unparsed.method,
        path=unparsed.path,
        query=unparsed.query,
        headers=unparsed.headers,
        content_type=unparsed.content_type,
        body=unparsed.body,
        received_at=unparsed.received_at,
    )
