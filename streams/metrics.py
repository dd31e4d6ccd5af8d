"""What the tracking worker tells Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from delivery.metric_names import MetricName

EVENTS: Final = Counter(MetricName.TRACKING_EVENTS, "Events folded", ["provider", "kind"])
UNKNOWN_CODES: Final = Counter(MetricName.TRACKING_UNKNOWN_CODES, "Events of unknown stage", ["provider"])
COMPLETED: Final = Counter(MetricName.TRACKING_COMPLETED, "Events with all that follows from them in Kafka")
BATCHES: Final = Counter(MetricName.TRACKING_BATCHES, "Batches of events")
BATCH_SECONDS: Final = Histogram(MetricName.TRACKING_BATCH_SECONDS, "Fold of one batch, without waiting for Kafka")
EMITTED: Final = Counter(MetricName.TRACKING_EMITTED, "Records emitted", ["kind"])
POISON: Final = Counter(MetricName.TRACKING_POISON, "Records that are not events", ["provider"])
CLOSED: Final = Counter(MetricName.TRACKING_CLOSED, "Attempts closed")
LAG: Final = Gauge(MetricName.TRACKING_LAG, "Events not yet dealt with", ["partition"])
LIVE: Final = Gauge(MetricName.TRACKING_LIVE_ATTEMPTS, "Attempts in the table, estimated", ["partition"])
READY: Final = Gauge(MetricName.TRACKING_READY, "1 while partitions are assigned and recovered")
