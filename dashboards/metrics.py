"""What one process of this room counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from delivery.metric_names import MetricName


class Metrics:
    """A registry of its own, so that several apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.queries = Counter(
            MetricName.DASHBOARD_QUERIES,
            "Questions put to ClickHouse, by question and how they ended",
            ["question", "outcome"],
            registry=self.registry,
        )
        self.query_seconds = Histogram(
            MetricName.DASHBOARD_QUERY_SECONDS,
            "Seconds to the answer of a question",
            ["question"],
            registry=self.registry,
        )

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
