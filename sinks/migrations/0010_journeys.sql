-- What reports ask of plans and of what came in, laid out for them, kept by the engine itself.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

-- The way of each message that has a plan: that it was asked for, each sending, and what came of failing over. Of several
-- records of one the first in its topic stays, which is the one that counts: `turn` is the greater the earlier it came.
-- All of a message stand side by side, so that they are gathered without looking for them. Nothing in it is personal.
CREATE TABLE IF NOT EXISTS journeys$on_cluster
(
    message UInt64 COMMENT 'digest of message_id',
    kind Enum8('request' = 0, 'send' = 1, 'outcome' = 2),
    step UInt16 COMMENT 'of a sending, from 1, else 0',
    tries UInt16 COMMENT 'how often it had been sent before',
    outcome LowCardinality(String),
    at DateTime64(6, 'UTC') CODEC(Delta, LZ4) COMMENT 'when it was received or decided',
    turn UInt64 CODEC(Delta, LZ4) COMMENT 'its offset, counted down from the greatest number',
    plan LowCardinality(String) COMMENT 'its name; none for one that came with the request',
    plan_version LowCardinality(String),
    provider LowCardinality(String),
    channel LowCardinality(String),
    cost Nullable(Decimal(38, 10)) CODEC(LZ4) COMMENT 'what a sending is expected to cost',
    why LowCardinality(String),
    reason LowCardinality(Nullable(String)) COMMENT 'of the failure that led to it',
    added_seconds Nullable(Float64) CODEC(LZ4) COMMENT 'of an outcome: from the first sending to when a later one arrived',
    arrived_first UInt16 COMMENT 'of an outcome: the step that arrived first, or 0'
)
ENGINE = ${replicated}ReplacingMergeTree(turn)
PARTITION BY toYYYYMM(at)
ORDER BY (message, kind, step, tries, outcome)
SETTINGS index_granularity = 4096, non_replicated_deduplication_window = 0, replicated_deduplication_window = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS journeys_of_requests$on_cluster TO journeys AS
SELECT
    sipHash64(message_id) AS message, 'request' AS kind, received_at AS at, bitNot(_offset) AS turn, plan, plan_version
FROM requests
WHERE requests.kind = 'message' AND plan_version != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS journeys_of_decisions$on_cluster TO journeys AS
SELECT
    sipHash64(message_id) AS message,
    decisions.kind AS kind,
    if(decisions.kind = 'send', toUInt16(ifNull(decisions.step, 0)), 0) AS step,
    toUInt16(ifNull(decisions.tries, 0)) AS tries,
    ifNull(decisions.outcome, '') AS outcome,
    decided_at AS at,
    bitNot(_offset) AS turn,
    plan,
    plan_version,
    ifNull(decisions.provider, '') AS provider,
    ifNull(decisions.channel, '') AS channel,
    cost,
    why,
    reason,
    added_seconds,
    if(decisions.kind = 'outcome', toUInt16(ifNull(decisions.step, 0)), 0) AS arrived_first
FROM decisions
WHERE decisions.kind IN ('send', 'outcome') AND plan_version != '';

INSERT INTO journeys (message, kind, at, turn, plan, plan_version)
SELECT sipHash64(message_id), 'request', received_at, bitNot(_offset), plan, plan_version
FROM requests
WHERE kind = 'message' AND plan_version != '';

INSERT INTO journeys
    (message, kind, step, tries, outcome, at, turn, plan, plan_version, provider, channel, cost, why, reason,
     added_seconds, arrived_first)
SELECT
    sipHash64(message_id), kind, if(kind = 'send', toUInt16(ifNull(step, 0)), 0), toUInt16(ifNull(tries, 0)),
    ifNull(outcome, ''), decided_at, bitNot(_offset), plan, plan_version, ifNull(provider, ''), ifNull(channel, ''),
    cost, why, reason, added_seconds, if(kind = 'outcome', toUInt16(ifNull(step, 0)), 0)
FROM decisions
WHERE kind IN ('send', 'outcome') AND plan_version != '';

-- How long after it happened, by the clock of the provider, its callback told of it.
ALTER TABLE events$on_cluster ADD COLUMN IF NOT EXISTS told_after_seconds Nullable(Float64)
    MATERIALIZED if(
        kind = 'status' AND source = 'webhook' AND zone = 'stated' AND occurred_at <= received_at,
        toUnixTimestamp64Micro(received_at) / 1e6 - toUnixTimestamp64Micro(assumeNotNull(occurred_at)) / 1e6,
        NULL
    ) COMMENT 'by a callback, where the provider states when it happened' CODEC(ZSTD(1));

ALTER TABLE events$on_cluster MATERIALIZE COLUMN told_after_seconds;
