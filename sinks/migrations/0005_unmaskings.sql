-- Who was shown the numbers and texts of which message, and why.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

-- One row a record of acuse.audit.
CREATE TABLE IF NOT EXISTS unmaskings$on_cluster
(
    unmasking_id String CODEC(ZSTD(1)),
    message_id String CODEC(ZSTD(1)),
    at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    who LowCardinality(String) COMMENT 'the name that they signed in by',
    role LowCardinality(String) COMMENT 'that they had then',
    why String CODEC(ZSTD(1)) COMMENT 'as they said themselves',
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
