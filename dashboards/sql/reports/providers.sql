-- How do providers compare, channel by channel?
-- `same_mix_rate` and `same_mix_within_1min` are what they would be if each had been given the same countries: each
-- country weighs as much as all providers together had of it on that channel; `mix_covered` is the share of those
-- weights in countries that this provider had something of. Receipts are awaited of what is an hour old and was not
-- refused at once. The last receipt is the last that said something conclusive.
WITH
-- include chosen,
    strata AS
    (
        SELECT
            provider,
            channel,
            ifNull(toString(country), '') AS into,
            countIf(NOT is_scheduled) AS handed,
            countIf(is_delivered) AS arrived,
            countIf(is_failed) AS ended,
            countIf(is_in_flight) AS flying,
            countIf(is_unknown) AS lost,
            countIf(delivery_seconds <= 60) AS quick,
            countIf(contradictions > 0) AS contradicted,
            countIf(revised) AS taken_back,
            countIf(NOT is_scheduled AND stage != 'rejected' AND began <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR) AS asked,
            countIf(
                (is_delivered OR is_failed)
                    AND stage != 'rejected'
                    AND began <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR
            ) AS told,
            quantilesExactInclusiveState(0.5, 0.95, 0.99)(delivery_seconds) AS times,
            maxOrNullIf(updated_at, (is_delivered OR is_failed) AND stage != 'rejected') AS heard,
            sum(handed) OVER (PARTITION BY channel, into) AS weight
        FROM chosen
        GROUP BY provider, channel, into
    )
SELECT
    provider,
    channel,
    sum(handed) AS handed_over,
    sum(arrived) AS delivered,
    sum(ended) AS failed,
    sum(flying) AS in_flight,
    sum(lost) AS unknown,
    delivered / handed_over AS delivery_rate,
    sumIf(weight * arrived / handed, handed > 0) / sumIf(weight, handed > 0) AS same_mix_rate,
    sumIf(weight * quick / handed, handed > 0) / sumIf(weight, handed > 0) AS same_mix_within_1min,
    sumIf(weight, handed > 0) / sum(handed_over) OVER (PARTITION BY channel) AS mix_covered,
    quantilesExactInclusiveMerge(0.5, 0.95, 0.99)(times) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    percentiles[3] AS p99,
    sum(asked) AS receipts_awaited,
    sum(told) AS receipts,
    receipts / receipts_awaited AS receipt_coverage,
    sum(contradicted) AS contradictions,
    sum(taken_back) AS revised,
    max(heard) AS last_receipt_at,
    dateDiff('second', last_receipt_at, {as_of:DateTime64(6, 'UTC')}) AS silent_seconds
FROM strata
GROUP BY provider, channel
ORDER BY channel, handed_over DESC, provider
LIMIT {limit:UInt32}
