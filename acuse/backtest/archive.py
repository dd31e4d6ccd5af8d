"""The record of a period, read from Kafka one partition at a time, and of each no more messages than are asked for."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from aiokafka import ConsumerRecord, TopicPartition

from delivery.backtest.evidence import Evidence
from delivery.backtest.histories import History
from delivery.backtest.sampling import Sample
from delivery.briefs import SeenAttempt, decode_seen
from delivery.calls import Called, MalformedCall, decode_call
from delivery.decisions import CancelDecision, MalformedDecision, decode_decision
from delivery.events import MalformedEvent
from delivery.identities import attempt_key
from delivery.requests import CancelRequest, MalformedRequest, MessageRequest, SettleRequest, decode_request
from delivery.topics import ATTEMPTS, CALLS, DECISIONS, PARTITIONS, REQUESTS, Topic
from ingest.topic_reader import TopicReader

CLOCK_MARGIN: Final = timedelta(minutes=5)
"""By how much a record's time may differ from the time in it."""

Told = TypeVar("Told")
Span = dict[TopicPartition, tuple[int, int]]


class Period(NamedTuple):
    """Of messages that were asked for from ``begins`` on and before ``ends``: what was heard until ``heard_until``."""

    begins: datetime
    ends: datetime
    heard_until: datetime
    of: str | None = None
    """Only messages that were sent by the plan of this name."""

    def has(self, request: MessageRequest) -> bool:
        by_plan = self.of is None or (request.plan is not None and request.plan.name == self.of)
        return by_plan and self.begins <= request.received_at < self.ends


class Archive:
    """`progress` is told how many records and messages are done, of how many in all."""

    def __init__(self, reader: TopicReader, period: Period, progress: Callable[[int, int], None]) -> None:
        self._reader = reader
        self._period = period
        self._progress = progress
        self._spans: dict[str, Span] = {}
        self._done = 0
        self._total = 0
        self.asked = 0
        """Requests in the period, about as many as messages."""
        self.unreadable = 0

    async def open(self, most: int) -> None:
        """Find where the period lies; ``most`` messages will be lived through at the most.

        Raises `LookupError` where a topic is missing, and what Kafka's client raises.
        """
        since, until = self._period.begins - CLOCK_MARGIN, self._period.heard_until + CLOCK_MARGIN
        for topic in (REQUESTS, DECISIONS, ATTEMPTS, CALLS):
            self._spans[topic.name] = await self._reader.span(topic, since=since, until=until)
        asked = await self._reader.span(REQUESTS, since=since, until=self._period.ends + CLOCK_MARGIN)
        self.asked = _records(asked)
        twice = _records(self._spans[DECISIONS.name]) + _records(self._spans[ATTEMPTS.name])
        self._total = twice + sum(_records(span) for span in self._spans.values()) + min(most, self.asked)

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self._done += count
        self._progress(min(self._done, self._total), self._total)

    async def gather(self, evidence: Evidence) -> None:
        """What all sendings of the period came to, whoever asked for them."""
        async for record in self._read(DECISIONS):
            if b'"cancel-decision' not in record.value:
                continue
            decision = self._decoded(decode_decision, MalformedDecision, record)
            if isinstance(decision, CancelDecision):
                evidence.add_withdrawal(attempt_key(decision.target.provider, decision.target.ref))
        async for record in self._read(ATTEMPTS):
            seen = self._decoded(decode_seen, MalformedEvent, record)
            if isinstance(seen, SeenAttempt):
                evidence.add(seen)

    async def histories(self, sample: Sample) -> AsyncIterator[list[History]]:
        """The sampled messages of one partition after the other."""
        for partition in range(PARTITIONS):
            histories = await self._asked_in(partition, sample)
            if histories:
                await self._decided_in(partition, histories)
            yield list(histories.values())

    async def _asked_in(self, partition: int, sample: Sample) -> dict[bytes, History]:
        histories: dict[bytes, History] = {}
        async for record in self._read(REQUESTS, partition):
            if not sample.has(record.key):
                continue
            request = self._decoded(decode_request, MalformedRequest, record)
            match request:
                case MessageRequest() if self._period.has(request):
                    histories.setdefault(record.key, History(request=request))
                case CancelRequest() | SettleRequest() if record.key in histories:
                    histories[record.key].add_request(request)
        return histories

    async def _decided_in(self, partition: int, histories: dict[bytes, History]) -> None:
        async for record in self._read(DECISIONS, partition):
            if record.key in histories and b'"poll-decision' not in record.value:
                decision = self._decoded(decode_decision, MalformedDecision, record)
                if decision is not None:
                    histories[record.key].add_decision(decision)
        async for record in self._read(CALLS, partition):
            if record.key in histories and b'"abandoned"' in record.value:
                call = self._decoded(decode_call, MalformedCall, record)
                if isinstance(call, Called):
                    histories[record.key].add_call(call)
        async for record in self._read(ATTEMPTS, partition):
            if record.key in histories:
                seen = self._decoded(decode_seen, MalformedEvent, record)
                if isinstance(seen, SeenAttempt):
                    histories[record.key].add_attempt(seen.brief())

    async def _read(self, topic: Topic, partition: int | None = None) -> AsyncIterator[ConsumerRecord]:
        span = self._spans[topic.name]
        if partition is not None:
            span = {place: offsets for place, offsets in span.items() if place.partition == partition}
        async for batch in self._reader.read(span):
            for record in batch:
                yield record
            self.step(len(batch))

    def _decoded(
        self, decode: Callable[[bytes], Told], malformed: type[Exception], record: ConsumerRecord
    ) -> Told | None:
        try:
            return decode(record.value)
        except malformed:
            self.unreadable += 1
            return None


def _records(span: Span) -> int:
    return sum(end - start for start, end in span.values())
