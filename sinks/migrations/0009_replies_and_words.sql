-- What reports look for in the whole history, kept by the engine itself beside it.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

-- Replies, of which there are few among events, in the order of time. A reply that came in twice has a row for each time.
CREATE TABLE IF NOT EXISTS replies$on_cluster
(
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    event_id String CODEC(ZSTD(1)),
    provider LowCardinality(String),
    channel LowCardinality(String),
    ref String CODEC(ZSTD(1)),
    answers_attempt Bool,
    country LowCardinality(Nullable(String)),
    number_type LowCardinality(Nullable(String)),
    carrier LowCardinality(Nullable(String)),
    reference LowCardinality(Nullable(String)),
    recipient LowCardinality(Nullable(String)) COMMENT 'ours: the name or number that was written to',
    sender Nullable(String) CODEC(ZSTD(1)) COMMENT 'personal: who wrote',
    words String CODEC(ZSTD(1)) COMMENT 'in capitals, without what is around them, where they are no more than 32 characters',
    occurred_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'as the provider claims',
    zone LowCardinality(Nullable(String)) COMMENT 'of that claim: stated, assumed or absent',
    precision LowCardinality(Nullable(String)),
    _partition UInt32 CODEC(ZSTD(1)),
    _offset UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, event_id, _partition, _offset)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 0, replicated_deduplication_window = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS replies_of_events$on_cluster TO replies AS
SELECT
    received_at, event_id, provider, channel, ref, answers_attempt, country, number_type, carrier, reference,
    recipient, sender, if(lengthUTF8(said) > 32, '', said) AS words, occurred_at, zone, precision, _partition, _offset
FROM (SELECT *, upperUTF8(trim(BOTH ' \t\r\n.!' FROM ifNull(text, ''))) AS said FROM events WHERE kind = 'reply');

INSERT INTO replies
SELECT
    received_at, event_id, provider, channel, ref, answers_attempt, country, number_type, carrier, reference,
    recipient, sender, if(lengthUTF8(said) > 32, '', said) AS words, occurred_at, zone, precision, _partition, _offset
FROM (SELECT *, upperUTF8(trim(BOTH ' \t\r\n.!' FROM ifNull(text, ''))) AS said FROM events WHERE kind = 'reply');

-- What each provider last said with each of its codes. What is put in twice is the last all the same.
CREATE TABLE IF NOT EXISTS code_words$on_cluster
(
    provider LowCardinality(String),
    code String,
    words AggregateFunction(argMax, String, Tuple(DateTime64(6, 'UTC'), UInt32, UInt64))
)
ENGINE = ${replicated}AggregatingMergeTree
ORDER BY (provider, code)
SETTINGS non_replicated_deduplication_window = 0, replicated_deduplication_window = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS words_of_events$on_cluster TO code_words AS
SELECT provider, toString(events.code) AS code, argMaxState(toString(code_text), (received_at, _partition, _offset)) AS words
FROM events
WHERE code_text != ''
GROUP BY provider, code;

INSERT INTO code_words
SELECT provider, toString(events.code) AS code, argMaxState(toString(code_text), (received_at, _partition, _offset)) AS words
FROM events
WHERE code_text != ''
GROUP BY provider, code;
