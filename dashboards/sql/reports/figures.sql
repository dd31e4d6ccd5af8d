-- What became of what was handed over, and how long did deliveries take: of all together (the row where total = 1) and
-- by group, those with most attempts first? Percentiles are exact, over what was delivered at a known time, in seconds,
-- NaN where there is none. Within so many seconds are those for which it is known by now. Messages are counted by their
-- digests: exactly up to 30 000, and beyond that to less than one in a hundred.
WITH
-- include chosen
SELECT
    grouping(slice) AS total,
    slice,
    count() AS attempts,
    least(attempts, uniqCombined64(20)(message)) AS messages,
    countIf(NOT is_scheduled) AS handed_over,
    countIf(is_delivered) AS delivered,
    countIf(is_failed) AS failed,
    countIf(is_in_flight) AS in_flight,
    countIf(is_unknown) AS unknown,
    countIf(is_scheduled) AS scheduled,
    countIf(ifNull(step, 1) > 1) AS later_steps,
    delivered / handed_over AS delivery_rate,
    count(delivery_seconds) AS timed,
    quantilesExactInclusive(0.5, 0.95, 0.99)(delivery_seconds) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    percentiles[3] AS p99,
    countIf(delivery_seconds <= 5) AS within_5s,
    countIf(delivery_seconds <= 30) AS within_30s,
    countIf(delivery_seconds <= 60) AS within_1min,
    countIf(delivery_seconds <= 300) AS within_5min,
    countIf(clock = 'elapsed') AS timed_by_elapsed,
    countIf(clock = 'provider') AS timed_by_provider,
    countIf(clock = 'mixed') AS timed_by_mixed,
    countIf(clock = 'received') AS timed_by_received
FROM chosen
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, attempts DESC, slice
LIMIT {limit:UInt32}
