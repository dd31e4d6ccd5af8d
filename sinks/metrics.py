"""What the sink tells of itself; the names and their meanings are in ``delivery.metric_names``."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from delivery.metric_names import MetricName

ROWS: Final = Counter(MetricName.SINK_ROWS, "Rows stored", ["table"])
SKIPPED: Final = Counter(MetricName.SINK_SKIPPED, "Rows that were stored already", ["table"])
UNREADABLE: Final = Counter(MetricName.SINK_UNREADABLE, "Records that could not become a row", ["topic"])
LOOKED_UP: Final = Counter(MetricName.SINK_LOOKED_UP, "Attempts looked up")
REOPENED: Final = Counter(MetricName.SINK_REOPENED, "Attempts joined to what was stored of them")
RETRIES: Final = Counter(MetricName.SINK_RETRIES, "Calls to ClickHouse that failed and are tried again", ["call"])
BATCH_SECONDS: Final = Histogram(
    MetricName.SINK_BATCH_SECONDS,
    "Seconds to store a batch",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
BATCH_ROWS: Final = Histogram(
    MetricName.SINK_BATCH_ROWS, "Rows in a batch", buckets=(1, 10, 100, 1_000, 5_000, 10_000, 20_000, 40_000)
)
LAG: Final = Gauge(MetricName.SINK_LAG, "Records not stored yet", ["topic", "partition"])
NEWEST: Final = Gauge(MetricName.SINK_NEWEST, "Kafka timestamp of the newest row stored, in seconds since 1970")
