-- How ways to people were found to do, and what the caller's application was told.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

-- One row a record of acuse.alerts: an alert that opens and closes has two.
CREATE TABLE IF NOT EXISTS alerts$on_cluster
(
    alert_id String CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'opened or closed',
    about LowCardinality(String) COMMENT 'failures, latency or silence',
    provider LowCardinality(String),
    channel LowCardinality(String),
    country LowCardinality(String) COMMENT 'none for all of them together',
    at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    opened_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    value Float64 CODEC(ZSTD(1)) COMMENT 'the share that failed, was slow, or was not heard of',
    threshold Float64 CODEC(ZSTD(1)),
    usual Nullable(Float64) CODEC(ZSTD(1)),
    text String CODEC(ZSTD(1)),
    measure String CODEC(ZSTD(1)) COMMENT 'delivery.health.measures.Measure as JSON',
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, alert_id, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

-- One row a record of acuse.notices, without what exactly was sent, which may be personal and is in Kafka for a while.
CREATE TABLE IF NOT EXISTS notices$on_cluster
(
    message_id String CODEC(ZSTD(1)) COMMENT 'none where it is of no message',
    notice_id String CODEC(ZSTD(1)),
    type LowCardinality(String) COMMENT 'message.delivered for example',
    about String CODEC(ZSTD(1)) COMMENT 'the id of the decision, event or alert that it tells of',
    at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    result LowCardinality(String) COMMENT 'delivered to the application, or dead',
    tries Int64 CODEC(ZSTD(1)),
    status Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of HTTP',
    why String CODEC(ZSTD(1)) COMMENT 'it was not taken',
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (message_id, at, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
