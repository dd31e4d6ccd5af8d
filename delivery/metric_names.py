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
    INGEST_ASKED = "acuse_ingest_asked"
    """Requests to send, to cancel or to settle that Kafka acknowledged, by kind, provider and channel."""
    INGEST_PUBLISH_SECONDS = "acuse_ingest_publish_seconds"
    """Seconds from handing a request's events to Kafka to their acknowledgement or failure."""
    INGEST_IN_FLIGHT = "acuse_ingest_in_flight"
    """Requests that wait for Kafka at present."""
    INGEST_KAFKA_READY = "acuse_ingest_kafka_ready"
    """1 while events can be published, else 0."""

    # dashboards
    DASHBOARD_QUERIES = "acuse_dashboard_queries"
    """Questions put to ClickHouse for the query API and the pages, by question and how they ended."""
    DASHBOARD_QUERY_SECONDS = "acuse_dashboard_query_seconds"
    """How long a question took to be answered, by question."""

    # tracking
    TRACKING_EVENTS = "acuse_tracking_events"
    """Events folded, by provider and kind; one read again after a crash counts again."""
    TRACKING_COMPLETED = "acuse_tracking_completed_events"
    """Events read, with everything that follows from them acknowledged by Kafka."""
    TRACKING_UNKNOWN_CODES = "acuse_tracking_unknown_codes"
    """Events whose code is in no table of ours, by provider."""
    TRACKING_BATCHES = "acuse_tracking_batches"
    """Batches of events folded."""
    TRACKING_BATCH_SECONDS = "acuse_tracking_batch_seconds"
    """How long the fold of a batch took, without waiting for Kafka."""
    TRACKING_EMITTED = "acuse_tracking_emitted"
    """Records written to the attempts topic, by kind."""
    TRACKING_POISON = "acuse_tracking_poison_records"
    """Records of the events topic that are no event, by provider."""
    TRACKING_CLOSED = "acuse_tracking_closed_attempts"
    """Attempts whose receipt window was found closed."""
    TRACKING_LAG = "acuse_tracking_lag"
    """Events not yet dealt with, by partition."""
    TRACKING_LIVE_ATTEMPTS = "acuse_tracking_live_attempts"
    """Attempts that are still open, by partition; an estimate of the store's."""
    TRACKING_READY = "acuse_tracking_ready"
    """1 while the worker has its partitions and has recovered them, else 0."""

    # sink
    SINK_ROWS = "acuse_sink_rows"
    """Rows stored in ClickHouse, by table."""
    SINK_SKIPPED = "acuse_sink_skipped_rows"
    """Rows read again after a restart and found stored already, by table."""
    SINK_UNREADABLE = "acuse_sink_unreadable_records"
    """Records that could not become a row and were kept as unparsed, by topic."""
    SINK_LOOKED_UP = "acuse_sink_looked_up_attempts"
    """Attempts that were looked up because they may have been begun anew."""
    SINK_REOPENED = "acuse_sink_reopened_attempts"
    """Attempt states joined to what was stored before them."""
    SINK_RETRIES = "acuse_sink_retries"
    """Calls to ClickHouse that failed and are tried again, by call."""
    SINK_BATCH_SECONDS = "acuse_sink_batch_seconds"
    """How long a batch took to be stored, waiting for ClickHouse included."""
    SINK_BATCH_ROWS = "acuse_sink_batch_rows"
    """Rows in a batch, over all tables."""
    SINK_LAG = "acuse_sink_lag"
    """Records not stored yet, by topic and partition."""
    SINK_NEWEST = "acuse_sink_newest_row_timestamp_seconds"
    """When the newest stored record was written to Kafka: its age is how fresh ClickHouse is."""
