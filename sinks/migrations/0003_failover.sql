-- Plans, what was decided by them, and which sending an event or an attempt is of.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.

ALTER TABLE events$on_cluster
    ADD COLUMN IF NOT EXISTS step Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'which of its message it is, where we sent it' AFTER handle,
    ADD COLUMN IF NOT EXISTS tries Int64 CODEC(ZSTD(1)) COMMENT 'how often that had been sent before' AFTER step;

ALTER TABLE attempts$on_cluster
    ADD COLUMN IF NOT EXISTS step Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'which of its message it is, where we sent it' AFTER reference,
    ADD COLUMN IF NOT EXISTS tries Int64 CODEC(ZSTD(1)) COMMENT 'how often that had been sent before' AFTER step;

ALTER TABLE requests$on_cluster
    ADD COLUMN IF NOT EXISTS begins_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'when we are to begin; send_at is what the provider is told' AFTER on_doubt,
    ADD COLUMN IF NOT EXISTS plan LowCardinality(String) COMMENT 'its name; none for one that came with the request' AFTER begins_at,
    ADD COLUMN IF NOT EXISTS plan_version String CODEC(ZSTD(1)) COMMENT 'none where there is no plan' AFTER plan,
    ADD COLUMN IF NOT EXISTS outline String CODEC(ZSTD(1)) COMMENT 'delivery.outlines.PlanOutline as JSON: the plan without what is personal' AFTER plan_version;

-- Listings and reports ask for a time; ids of messages grow with it, so that few granules hold what they ask for.
ALTER TABLE requests$on_cluster ADD INDEX IF NOT EXISTS by_receipt received_at TYPE minmax GRANULARITY 4;
ALTER TABLE requests$on_cluster MATERIALIZE INDEX by_receipt;

-- Who waits or is done asks for no provider.
ALTER TABLE decisions$on_cluster
    MODIFY COLUMN kind LowCardinality(String) COMMENT 'send, poll, cancel, settle, wait, end or outcome',
    MODIFY COLUMN provider LowCardinality(Nullable(String)),
    MODIFY COLUMN channel LowCardinality(Nullable(String));

ALTER TABLE decisions$on_cluster
    ADD COLUMN IF NOT EXISTS expires_at Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'it is not sent after this' AFTER on_doubt,
    ADD COLUMN IF NOT EXISTS waits Nullable(Bool) COMMENT 'whether for a provider that is left alone' AFTER expires_at,
    ADD COLUMN IF NOT EXISTS choice Nullable(Int64) CODEC(ZSTD(1)) COMMENT 'of the step, from 0' AFTER waits,
    ADD COLUMN IF NOT EXISTS cost Nullable(Decimal(38, 10)) CODEC(ZSTD(1)) COMMENT 'what it is expected to cost' AFTER choice,
    ADD COLUMN IF NOT EXISTS until Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'when the step is due that waits' AFTER cost,
    ADD COLUMN IF NOT EXISTS outcome LowCardinality(Nullable(String)) COMMENT 'of failing over, as far as is known' AFTER until,
    ADD COLUMN IF NOT EXISTS extra_cost Nullable(Decimal(38, 10)) CODEC(ZSTD(1)) COMMENT 'of the steps after the first' AFTER outcome,
    ADD COLUMN IF NOT EXISTS added_seconds Nullable(Float64) CODEC(ZSTD(1)) COMMENT 'from the first sending to when a later one arrived' AFTER extra_cost,
    ADD COLUMN IF NOT EXISTS rule String CODEC(ZSTD(1)) COMMENT 'in words; the seven after it are of its grounds too' AFTER added_seconds,
    ADD COLUMN IF NOT EXISTS plan LowCardinality(String) AFTER rule,
    ADD COLUMN IF NOT EXISTS plan_version String CODEC(ZSTD(1)) AFTER plan,
    ADD COLUMN IF NOT EXISTS timer Nullable(DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)) COMMENT 'the moment that had come, where it was one' AFTER plan_version,
    ADD COLUMN IF NOT EXISTS reason LowCardinality(Nullable(String)) COMMENT 'of the failure' AFTER timer,
    ADD COLUMN IF NOT EXISTS spent Nullable(Decimal(38, 10)) CODEC(ZSTD(1)) COMMENT 'what the steps before had cost' AFTER reason,
    ADD COLUMN IF NOT EXISTS grounds String CODEC(ZSTD(1)) COMMENT 'delivery.decisions.Grounds as JSON: all of them, with the attempts that were seen' AFTER spent;

ALTER TABLE decisions$on_cluster ADD INDEX IF NOT EXISTS by_decision decided_at TYPE minmax GRANULARITY 4;
ALTER TABLE decisions$on_cluster MATERIALIZE INDEX by_decision;
