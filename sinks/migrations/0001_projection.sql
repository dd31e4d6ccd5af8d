-- The projection of Kafka's topics. Numbered and never edited once landed: a change is a new file.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

-- The raw history, one row a record of acuse.events, ordered for the timeline of one attempt.
-- A row put in twice is one row after merging, since the order key ends with the record's own place;
-- both copies are in the same partition, since a record's received_at is always the same.
CREATE TABLE IF NOT EXISTS events$on_cluster
(
    provider LowCardinality(String),
    ref String CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'send, status or reply',
    event_id String CODEC(ZSTD(1)),
    channel LowCardinality(String),
    stage LowCardinality(Nullable(String)) COMMENT 'a reply has none',
    reason LowCardinality(Nullable(String)),
    final Bool,
    code LowCardinality(String) COMMENT 'the provider''s own',
    code_text LowCardinality(String),
    occurred_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'as the provider claims',
    zone LowCardinality(Nullable(String)) COMMENT 'of that claim: stated, assumed or absent',
    precision LowCardinality(Nullable(String)),
    occurred_text Nullable(String) CODEC(ZSTD(1)) COMMENT 'that claim as it was written',
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    scheduled_for Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    elapsed_seconds Nullable(Float64) CODEC(ZSTD(1)) COMMENT 'the delivery time that the provider computed',
    timed Bool,
    message_id Nullable(String) CODEC(ZSTD(1)) COMMENT 'a claim: set only where we or our caller named the message',
    reference Nullable(String) CODEC(ZSTD(1)),
    country LowCardinality(Nullable(String)),
    source LowCardinality(String),
    payload_sha256 String CODEC(ZSTD(1)),
    payload_index UInt32 CODEC(ZSTD(1)),
    payload_count UInt32 CODEC(ZSTD(1)),
    recipient Nullable(String) CODEC(ZSTD(1)) COMMENT 'personal, as are the six after it',
    sender Nullable(String) CODEC(ZSTD(1)),
    recipient_name Nullable(String) CODEC(ZSTD(1)),
    sender_name Nullable(String) CODEC(ZSTD(1)),
    text Nullable(String) CODEC(ZSTD(3)),
    raw String CODEC(ZSTD(3)) COMMENT 'the exact bytes; need not be UTF-8',
    content_type LowCardinality(String),
    reply_id String CODEC(ZSTD(1)),
    answers_attempt Bool,
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_message message_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_event event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (provider, ref, received_at, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

-- The latest state of each attempt. The month of an attempt never changes, so all its rows are in one partition,
-- where the one with the highest version stays.
CREATE TABLE IF NOT EXISTS attempts$on_cluster
(
    provider LowCardinality(String),
    ref String CODEC(ZSTD(1)),
    channel LowCardinality(String),
    message_id String CODEC(ZSTD(1)) COMMENT 'the one it was claimed for, else the derived one',
    derived_message_id String CODEC(ZSTD(1)),
    stage LowCardinality(String),
    reason LowCardinality(Nullable(String)),
    code LowCardinality(String),
    final Bool,
    revised Bool,
    contradictions UInt8 COMMENT 'how many failures were reported after a success',
    opened_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    updated_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    closed_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'when its receipt window was found closed',
    handed_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'when it was handed to the provider, if we know',
    scheduled_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'when each stage was reported to have been reached',
    queued_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    sent_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    delivered_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    seen_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    failed_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'the earliest failure, also where a success came after it',
    replied_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    delivery_seconds Nullable(Float64) CODEC(ZSTD(1)),
    clock LowCardinality(Nullable(String)) COMMENT 'which clock delivery_seconds was read from',
    country LowCardinality(Nullable(String)),
    reference Nullable(String) CODEC(ZSTD(1)),
    state String CODEC(ZSTD(3)) COMMENT 'delivery.attempts.AttemptState as JSON: every fact behind the other columns',
    version UInt64 CODEC(Delta, ZSTD(1)),
    month LowCardinality(String) COMMENT 'YYYY-MM, fixed when the attempt was first heard of',
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_message message_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_derived_message derived_message_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_opening opened_at TYPE minmax GRANULARITY 4
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY month
ORDER BY (provider, ref)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

-- Message ids that are no longer used, and where they lead.
CREATE TABLE IF NOT EXISTS aliases$on_cluster
(
    retired String CODEC(ZSTD(1)),
    message_id String CODEC(ZSTD(1)),
    provider LowCardinality(String),
    ref String CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ${replicated}ReplacingMergeTree(version)
ORDER BY retired
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

-- What could not be read: payloads that ingest put aside, and Kafka records that the sink itself could not decode.
-- For the latter, _topic says where the record stands, body is its value and provider is empty.
CREATE TABLE IF NOT EXISTS unparsed$on_cluster
(
    unparsed_id String CODEC(ZSTD(1)),
    provider LowCardinality(String),
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    method LowCardinality(String),
    path String CODEC(ZSTD(1)),
    query String CODEC(ZSTD(1)),
    headers Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    content_type LowCardinality(String),
    body String CODEC(ZSTD(3)) COMMENT 'the exact bytes; personal',
    error String CODEC(ZSTD(1)),
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_id unparsed_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (provider, received_at, _topic, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
