-- What we are asked to send, what is decided about it, and what came of calling providers.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

ALTER TABLE events$on_cluster ADD COLUMN IF NOT EXISTS
    handle Nullable(String) CODEC(ZSTD(1)) COMMENT 'what the provider is asked by, where that is not ref' AFTER country;

ALTER TABLE events$on_cluster ADD COLUMN IF NOT EXISTS
    request String CODEC(ZSTD(3)) COMMENT 'personal: what we had sent, where raw is the answer to it' AFTER content_type;

-- Who looks for a number would else read every row. The second statement is for the rows that are there already.
ALTER TABLE events$on_cluster ADD INDEX IF NOT EXISTS by_recipient recipient TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE events$on_cluster MATERIALIZE INDEX by_recipient;

-- One row a record of acuse.requests, ordered for the timeline of one message, as are the two tables after it.
CREATE TABLE IF NOT EXISTS requests$on_cluster
(
    message_id String CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'message, cancel or settle',
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    provider LowCardinality(Nullable(String)) COMMENT 'of what is to be sent, as are the eight after it',
    channel LowCardinality(Nullable(String)),
    send_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    ttl_seconds Nullable(Int64) CODEC(ZSTD(1)),
    priority LowCardinality(Nullable(String)),
    store LowCardinality(Nullable(String)),
    reference Nullable(String) CODEC(ZSTD(1)),
    country LowCardinality(Nullable(String)),
    on_doubt LowCardinality(Nullable(String)),
    step Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of a finding about a step in doubt, as are the four after it',
    tries Nullable(Int64) CODEC(ZSTD(1)),
    finding LowCardinality(Nullable(String)),
    ref Nullable(String) CODEC(ZSTD(1)),
    resend Bool,
    recipient Nullable(String) CODEC(ZSTD(1)) COMMENT 'personal, as are the three after it',
    sender Nullable(String) CODEC(ZSTD(1)),
    text Nullable(String) CODEC(ZSTD(3)) COMMENT 'as much of it as store allows',
    content String CODEC(ZSTD(3)) COMMENT 'template, media, voice and options as JSON, where store allows it',
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_recipient recipient TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (message_id, received_at, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS decisions$on_cluster
(
    message_id String CODEC(ZSTD(1)),
    decision_id String CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'send, poll, cancel or settle',
    decided_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    why LowCardinality(String) COMMENT 'the rule that it follows',
    provider LowCardinality(String),
    channel LowCardinality(String),
    step Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of a decision to send or to settle',
    tries Nullable(Int64) CODEC(ZSTD(1)),
    on_doubt LowCardinality(Nullable(String)),
    send_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
    ttl_seconds Nullable(Int64) CODEC(ZSTD(1)),
    priority LowCardinality(Nullable(String)),
    store LowCardinality(Nullable(String)),
    reference Nullable(String) CODEC(ZSTD(1)),
    country LowCardinality(Nullable(String)),
    ref Nullable(String) CODEC(ZSTD(1)) COMMENT 'of the attempt that is polled or cancelled, or as was found',
    handle Nullable(String) CODEC(ZSTD(1)),
    round Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of polling, from 1',
    finding LowCardinality(Nullable(String)),
    resend Bool,
    recipient Nullable(String) CODEC(ZSTD(1)) COMMENT 'personal, as are the three after it',
    sender Nullable(String) CODEC(ZSTD(1)),
    text Nullable(String) CODEC(ZSTD(3)) COMMENT 'as much of it as store allows',
    content String CODEC(ZSTD(3)) COMMENT 'template, media, voice and options as JSON, where store allows it',
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_recipient recipient TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(decided_at)
ORDER BY (message_id, decided_at, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS calls$on_cluster
(
    message_id String CODEC(ZSTD(1)),
    decision_id String CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'calling, called or doubt',
    at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    provider LowCardinality(String),
    claim String CODEC(ZSTD(1)) COMMENT 'one dispatcher''s word for one try',
    decision_offset UInt64 CODEC(ZSTD(1)),
    step Nullable(Int64) CODEC(ZSTD(1)),
    result LowCardinality(Nullable(String)) COMMENT 'of what was called',
    refs Array(String) CODEC(ZSTD(1)),
    code LowCardinality(String) COMMENT 'the provider''s own',
    text String CODEC(ZSTD(1)) COMMENT 'in the provider''s words, without what is personal',
    reason LowCardinality(Nullable(String)),
    tries Nullable(Int64) CODEC(ZSTD(1)),
    status Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of HTTP',
    looked_up Bool,
    why String CODEC(ZSTD(1)) COMMENT 'it is in doubt',
    request String CODEC(ZSTD(3)) COMMENT 'personal, as are the two after it: what was exchanged, where no event has it',
    raw String CODEC(ZSTD(3)),
    content_type LowCardinality(String),
    _topic LowCardinality(String),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1)),
    _timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_kind kind TYPE set(3) GRANULARITY 1,
    INDEX by_offset _offset TYPE minmax GRANULARITY 64
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (message_id, at, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 1000;
