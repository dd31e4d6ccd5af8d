-- What reports ask of attempts, laid out for them: narrow, in the order of time, kept by the engine itself.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

ALTER TABLE attempts$on_cluster
    ADD COLUMN IF NOT EXISTS sender LowCardinality(Nullable(String)) COMMENT 'ours: the name or number that it was sent from' AFTER reference,
    ADD COLUMN IF NOT EXISTS heard_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'the receipt of the first event that was folded; never changes' AFTER month;

-- The latest state of each attempt, as `attempts` has it and without what only its own page shows. Versions of a row meet
-- by `heard_at` and `id`, neither of which ever changes, so the periods that reports ask for are stretches of the primary
-- key, and FINAL has to merge no more than the newest parts. Compressed for speed: every report reads these columns.
CREATE TABLE IF NOT EXISTS outcomes$on_cluster
(
    heard_at DateTime('UTC') CODEC(Delta, LZ4) COMMENT 'as attempts.heard_at, 1970 where that is not known',
    id UInt64 COMMENT 'of provider and ref, quicker to compare than they are',
    provider LowCardinality(String),
    ref String CODEC(ZSTD(1)),
    channel LowCardinality(String),
    message_id String CODEC(ZSTD(1)),
    message UInt64 COMMENT 'of message_id, to count different ones by',
    stage LowCardinality(String),
    reason LowCardinality(Nullable(String)),
    code LowCardinality(String),
    final Bool,
    revised Bool,
    contradictions UInt8,
    opened_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    updated_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    began DateTime64(6, 'UTC') CODEC(Delta, LZ4) COMMENT 'when it was on its way to the provider; what was scheduled, when it was first heard to be sent',
    closed_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, LZ4),
    delivered_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, LZ4),
    failed_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, LZ4),
    replied_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, LZ4),
    delivery_seconds Nullable(Float64),
    clock LowCardinality(Nullable(String)),
    country LowCardinality(Nullable(String)),
    number_type LowCardinality(Nullable(String)),
    carrier LowCardinality(Nullable(String)),
    reference LowCardinality(Nullable(String)),
    sender LowCardinality(Nullable(String)),
    step Nullable(Int64),
    tries Int64,
    version UInt64 CODEC(Delta, LZ4),
    month LowCardinality(String)
)
ENGINE = ${replicated}ReplacingMergeTree(version)
PARTITION BY month
ORDER BY (heard_at, id)
SETTINGS index_granularity = 4096, non_replicated_deduplication_window = 0, replicated_deduplication_window = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS outcomes_of_attempts$on_cluster TO outcomes AS
SELECT
    toDateTime(ifNull(attempts.heard_at, toDateTime64(0, 6, 'UTC')), 'UTC') AS heard_at,
    sipHash64(provider, ref) AS id,
    provider,
    ref,
    channel,
    message_id,
    sipHash64(message_id) AS message,
    stage,
    reason,
    code,
    final,
    revised,
    contradictions,
    opened_at,
    updated_at,
    if(
        isNull(scheduled_at),
        coalesce(handed_at, queued_at, sent_at, opened_at),
        coalesce(sent_at, queued_at, handed_at, opened_at)
    ) AS began,
    closed_at,
    delivered_at,
    failed_at,
    replied_at,
    delivery_seconds,
    clock,
    country,
    number_type,
    carrier,
    reference,
    sender,
    step,
    tries,
    version,
    month
FROM attempts;

-- Those that are there already; the view has seen none of them. A row that is put in twice is one.
INSERT INTO outcomes
SELECT
    toDateTime(ifNull(attempts.heard_at, toDateTime64(0, 6, 'UTC')), 'UTC') AS heard_at,
    sipHash64(provider, ref) AS id,
    provider,
    ref,
    channel,
    message_id,
    sipHash64(message_id) AS message,
    stage,
    reason,
    code,
    final,
    revised,
    contradictions,
    opened_at,
    updated_at,
    if(
        isNull(scheduled_at),
        coalesce(handed_at, queued_at, sent_at, opened_at),
        coalesce(sent_at, queued_at, handed_at, opened_at)
    ) AS began,
    closed_at,
    delivered_at,
    failed_at,
    replied_at,
    delivery_seconds,
    clock,
    country,
    number_type,
    carrier,
    reference,
    sender,
    step,
    tries,
    version,
    month
FROM attempts;
