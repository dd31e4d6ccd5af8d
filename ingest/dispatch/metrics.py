"""What one dispatcher counts."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from delivery.metric_names import MetricName

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class DispatchMetrics:
    """With a registry of their own, so that many dispatchers live in one test process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.decisions = Counter(
            MetricName.DISPATCH_DECISIONS,
            "Decisions carried out",
            ("provider", "kind", "outcome"),
            registry=registry,
        )
        self.call_seconds = Histogram(
            MetricName.DISPATCH_CALL_SECONDS,
            "Seconds that a call took",
            ("provider", "operation"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(MetricName.DISPATCH_IN_FLIGHT, "Calls under way", ("provider",), registry=registry)
        self.account_state = Gauge(
            MetricName.DISPATCH_ACCOUNT_STATE,
            "0 as usual, 1 probing, 2 calls fail, 3 paused",
            ("provider",),
            registry=registry,
        )
        self.doubts = Counter(MetricName.DISPATCH_DOUBTS, "Messages in doubt", ("provider",), registry=registry)
        self.claims_lost = Counter(MetricName.DISPATCH_CLAIMS_LOST, "Claims behind another's", registry=registry)
        self.unreadable = Counter(MetricName.DISPATCH_UNREADABLE, "Unreadable records", ("topic",), registry=registry)
        self.listed = Counter(MetricName.DISPATCH_LISTED, "New events in lists", ("provider",), registry=registry)
        self.lag = Gauge(MetricName.DISPATCH_LAG, "Decisions not done yet", ("partition",), registry=registry)
        self._waiting = Gauge(MetricName.DISPATCH_WAITING, "Decisions taken up and not done yet", registry=registry)
        self._windows = Gauge(MetricName.DISPATCH_WINDOWS, "Contacts whose windows are known", registry=registry)
        self._ready = Gauge(MetricName.DISPATCH_READY, "1 while decisions are taken up", registry=registry)

    def watch(self, *, waiting: Callable[[], int], windows: Callable[[], int], ready: Callable[[], bool]) -> None:
        """Ask for the gauges' values when they are scraped."""
        self._waiting.set_function(waiting)
        self._windows.set_function(windows)
        self._ready.set_function(ready)
