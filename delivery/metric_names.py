"""Every metric that Acuse exposes to Prometheus, by name, with a line of meaning each.

Labels are providers, channels, kinds, stages, topics and tables: never a number, an id or anybody's text.
"""

from enum import StrEnum


class MetricName(StrEnum):
    # ingest
    INGEST_REQUESTS = "acuse_ingest_requests"
    """Requests answered, by provider and outcome."""
    INGEST_EVENTS = "acuse_ingest_events"
    """Events that Kafka acknowledged, by provider, kind and stage."""
    INGEST_UNKNOWN_CODES = "acuse_ingest_unknown_codes"
    """Events with a code in no table of ours, by provider and code; rare ones beyond a bound count as `other`."""
    INGEST_PUBLISH_SECONDS = "acuse_ingest_publish_seconds"
    """Seconds from handing a request's events to Kafka to their acknowledgement or failure."""
    INGEST_IN_FLIGHT = "acuse_ingest_in_flight"
    """Requests that wait for Kafka at present."""
    INGEST_KAFKA_READY = "acuse_ingest_kafka_ready"
    """1 while events can be published, else 0."""
