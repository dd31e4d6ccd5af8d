"""What one notifier counts."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from delivery.metric_names import MetricName

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)


class NotifyMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.notices = Counter(MetricName.NOTIFY_NOTICES, "Notices ended", ("type", "result"), registry=registry)
        self.requests = Counter(MetricName.NOTIFY_REQUESTS, "Requests made", ("outcome",), registry=registry)
        self.request_seconds = Histogram(
            MetricName.NOTIFY_REQUEST_SECONDS, "Seconds to an answer", buckets=_SECONDS, registry=registry
        )
        self.unreadable = Counter(MetricName.NOTIFY_UNREADABLE, "Unreadable records", ("topic",), registry=registry)
        self.lag = Gauge(MetricName.NOTIFY_LAG, "Records not dealt with", ("topic", "partition"), registry=registry)
        self._waiting = Gauge(MetricName.NOTIFY_WAITING, "Notices not ended yet", registry=registry)
        self._state = Gauge(
            MetricName.NOTIFY_RECEIVER_STATE, "0 as usual, 1 probing, 2 requests fail, 3 gone", registry=registry
        )

    def watch(self, *, waiting: Callable[[], int], state: Callable[[], int]) -> None:
        """Ask for the gauges' values when they are scraped."""
        self._waiting.set_function(waiting)
        self._state.set_function(state)
