"""What one ingest process counts. Labels come from our own vocabularies; a provider's codes are bounded and checked."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from delivery.events import Event, Reply
from delivery.metric_names import MetricName
from delivery.reasons import Reason
from delivery.requests import CancelRequest, MessageRequest, Request
from delivery.stages import Stage

CODES_PER_PROVIDER: Final = 100
OTHER: Final = "other"
NO_PROVIDER: Final = "none"
"""The provider label where the URL names none that we know: anybody can put anything there."""
_PLAIN_CODE: Final = re.compile(r"(?!.*\d{7})[A-Za-z0-9_.-]{1,40}")
"""Seven digits in a row could be somebody's number."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Outcome(StrEnum):
    """How a request was answered."""

    ACCEPTED = "accepted"
    UNAUTHORIZED = "unauthorized"
    UNREADABLE = "unreadable"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    ABANDONED = "abandoned"
    """The client left before its body was whole."""
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not_found"
    BAD_METHOD = "bad_method"
    FAILED = "failed"


class Metrics:
    """Counters with a registry of their own, so that many apps live in one test process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            MetricName.INGEST_REQUESTS,
            "Requests answered",
            ("provider", "outcome"),
            registry=self.registry,
        )
        self._events = Counter(
            MetricName.INGEST_EVENTS,
            "Events that Kafka acknowledged",
            ("provider", "kind", "stage"),
            registry=self.registry,
        )
        self._unknown_codes = Counter(
            MetricName.INGEST_UNKNOWN_CODES,
            "Events with a code in no table of ours",
            ("provider", "code"),
            registry=self.registry,
        )
        self._asked = Counter(
            MetricName.INGEST_ASKED,
            "Requests to send, cancel or settle that Kafka acknowledged",
            ("kind", "provider", "channel"),
            registry=self.registry,
        )
        self._publish_seconds = Histogram(
            MetricName.INGEST_PUBLISH_SECONDS,
            "Seconds until Kafka acknowledged",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = Gauge(
            MetricName.INGEST_IN_FLIGHT,
            "Requests that wait for Kafka",
            registry=self.registry,
        )
        self._ready = Gauge(
            MetricName.INGEST_KAFKA_READY,
            "1 while events can be published",
            registry=self.registry,
        )
        # `labels()` costs more than counting, and the combinations are few.
        self._request_counters: dict[tuple[str, Outcome], Counter] = {}
        self._event_counters: dict[tuple[str, str, str], Counter] = {}
        self._codes_seen: dict[str, set[str]] = {}

    def watch(self, *, in_flight: Callable[[], int], ready: Callable[[], bool]) -> None:
        """Ask for the gauges' values when they are scraped."""
        self._in_flight.set_function(in_flight)
        self._ready.set_function(ready)

    def answered(self, provider: str, outcome: Outcome) -> None:
        key = (provider, outcome)
        counter = self._request_counters.get(key)
        if counter is None:
            counter = self._request_counters[key] = self._requests.labels(provider, outcome)
        counter.inc()

    def published(self, events: Iterable[Event]) -> None:
        for event in events:
            stage = "" if isinstance(event, Reply) else event.stage.value
            key = (event.provider, type(event).__name__.lower(), stage)
            counter = self._event_counters.get(key)
            if counter is None:
                counter = self._event_counters[key] = self._events.labels(*key)
            counter.inc()
            if stage == Stage.UNKNOWN and not isinstance(event, Reply) and event.reason is Reason.UNKNOWN_CODE:
                self._unknown_codes.labels(event.provider, self._code_label(event)).inc()

    def asked(self, requests: Iterable[Request]) -> None:
        for request in requests:
            if isinstance(request, MessageRequest):
                self._asked.labels("send", request.order.provider, request.order.channel.value).inc()
            else:
                kind = "cancel" if isinstance(request, CancelRequest) else "settle"
                self._asked.labels(kind, NO_PROVIDER, "").inc()

    def publishing_took(self, seconds: float) -> None:
        """Whether or not it succeeded."""
        self._publish_seconds.observe(seconds)

    def exposition(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self.registry)

    def _code_label(self, event: Event) -> str:
        seen = self._codes_seen.setdefault(event.provider, set())
        code = event.code
        if code not in seen:
            if len(seen) >= CODES_PER_PROVIDER or not _PLAIN_CODE.fullmatch(code):
                return OTHER
            seen.add(code)
        return code
