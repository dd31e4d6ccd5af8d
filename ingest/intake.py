"""Between the routes and Kafka: counts what waits, and says what was published."""

import time
from collections.abc import Sequence

from delivery.events import Event
from delivery.requests import Request
from delivery.unparsed import Unparsed
from ingest.metrics import Metrics
from ingest.publisher import NothingPublished, Publisher, Record, event_record, request_record, unparsed_record


class Intake:
    """Takes the events of one request at a time, all or none; at most `max_in_flight` requests wait together."""

    def __init__(self, publisher: Publisher, metrics: Metrics, *, max_in_flight: int) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._max_in_flight = max_in_flight
        self.in_flight = 0

    async def take(self, events: Sequence[Event]) -> None:
        """Return when Kafka has acknowledged every event. Raises `NotPublished`."""
        if not events:
            return
        await self._publish([event_record(event) for event in events])
        self._metrics.published(events)

    async def ask(self, requests: Sequence[Request]) -> None:
        """Return when Kafka has acknowledged every request.

        Raises `NothingPublished`, or `NotPublished` where some of them may be carried out all the same.
        """
        await self._publish([request_record(request) for request in requests])
        self._metrics.asked(requests)

    async def keep(self, unparsed: Unparsed) -> None:
        """Return when Kafka has acknowledged the payload. Raises `NotPublished`."""
        await self._publish([unparsed_record(unparsed)])

    async def _publish(self, records: Sequence[Record]) -> None:
        if self.in_flight >= self._max_in_flight:
            raise NothingPublished("too many requests are waiting for Kafka")
        self.in_flight += 1
        began = time.perf_counter()
        try:
            await self._publisher.publish(records)
        finally:
            self._metrics.publishing_took(time.perf_counter() - began)
            self.in_flight -= 1
