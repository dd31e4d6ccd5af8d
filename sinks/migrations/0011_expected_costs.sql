-- What each attempt's sending was expected to cost, beside it, so that no report has to look it up among decisions.
-- $replicated is empty on one node and "Replicated" in a cluster, where $on_cluster names it.
-- What was tracked before has none, and is not given any: only the Send of an attempt tells it.

ALTER TABLE attempts$on_cluster
    ADD COLUMN IF NOT EXISTS expected_cost Nullable(Decimal(38, 10)) CODEC(ZSTD(1)) COMMENT 'what its sending was expected to cost; none for a leg of native failover, and where that was not known' AFTER tries;

ALTER TABLE outcomes$on_cluster
    ADD COLUMN IF NOT EXISTS expected_cost Nullable(Decimal(38, 10)) CODEC(LZ4) COMMENT 'as attempts.expected_cost' AFTER tries;

-- Of one moment: each insert fills the table by the old words or by the new, and none passes it by, as it would while
-- the view were dropped and made again.
ALTER TABLE outcomes_of_attempts$on_cluster MODIFY QUERY
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
    expected_cost,
    version,
    month
FROM attempts;
