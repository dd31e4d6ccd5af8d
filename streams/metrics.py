"""What the workers tell Prometheus."""

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

DECIDING_READ: Final = Counter(MetricName.DECIDING_READ, "Requests and attempts read", ["kind"])
DECIDING_COMPLETED: Final = Counter(MetricName.DECIDING_COMPLETED, "Records with all that follows from them in Kafka")
DECIDING_DECISIONS: Final = Counter(MetricName.DECIDING_DECISIONS, "Decisions", ["kind", "why"])
DECIDING_POISON: Final = Counter(MetricName.DECIDING_POISON, "Records that are neither requests nor attempts")
DECIDING_FORGOTTEN: Final = Counter(MetricName.DECIDING_FORGOTTEN, "Messages that have left the table")
DECIDING_LAG: Final = Gauge(MetricName.DECIDING_LAG, "Records not yet dealt with", ["topic", "partition"])
DECIDING_MESSAGES: Final = Gauge(MetricName.DECIDING_MESSAGES, "Messages in the table, estimated", ["partition"])
DECIDING_WAITING: Final = Gauge(MetricName.DECIDING_WAITING, "Attempts that will be asked after")
DECIDING_TIMED: Final = Gauge(MetricName.DECIDING_TIMED, "Messages whose plan waits for a moment")
DECIDING_HEARD: Final = Gauge(
    MetricName.DECIDING_HEARD, "Unix time up to which what was received has been taken in; steps' times wait for it"
)
DECIDING_READY: Final = Gauge(MetricName.DECIDING_READY, "1 while partitions are assigned and recovered")
