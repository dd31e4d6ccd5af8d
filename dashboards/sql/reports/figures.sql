-- What became of what was handed over, and how long did deliveries take: of all together (the row where total = 1) and
-- by group, those with most attempts first? Percentiles are exact, over what was delivered at a known time, in seconds,
-- NaN where there is none. Within so many seconds are those for which it is known by now. Messages are counted by their
-- digests: exactly up to 4 000, and beyond that to less than one in a hundred.
WITH
-- include chosen,
    -- Each attempt is looked at once; what is of all together is put together from the groups.
    counted AS
    (
        SELECT
            slice,
            count() AS attempts,
            uniqCombined64State(17)(message) AS messages,
            countIf(is_delivered) AS delivered,
            countIf(is_failed) AS failed,
            countIf(is_in_flight) AS in_flight,
            countIf(is_unknown) AS unknown,
            countIf(is_scheduled) AS scheduled,
            countIf(ifNull(step, 1) > 1) AS later_steps,
            count(delivery_seconds) AS timed,
            quantilesExactInclusiveState(0.5, 0.95, 0.99)(delivery_seconds) AS percentiles,
            countIf(delivery_seconds <= 5) AS within_5s,
            countIf(delivery_seconds <= 30) AS within_30s,
            countIf(delivery_seconds <= 60) AS within_1min,
            countIf(delivery_seconds <= 300) AS within_5min,
            countIf(clock = 'elapsed') AS timed_by_elapsed,
            countIf(clock = 'provider') AS timed_by_provider,
            countIf(clock = 'mixed') AS timed_by_mixed,
            countIf(clock = 'received') AS timed_by_received
        FROM chosen
        GROUP BY slice
    )
SELECT
    grouping(slice) AS total,
    slice,
    sum(counted.attempts) AS attempts,
    least(attempts, uniqCombined64Merge(17)(counted.messages)) AS messages,
    attempts - scheduled AS handed_over,
    sum(counted.delivered) AS delivered,
    sum(counted.failed) AS failed,
    sum(counted.in_flight) AS in_flight,
    sum(counted.unknown) AS unknown,
    sum(counted.scheduled) AS scheduled,
    sum(counted.later_steps) AS later_steps,
    delivered / handed_over AS delivery_rate,
    sum(counted.timed) AS timed,
    quantilesExactInclusiveMerge(0.5, 0.95, 0.99)(counted.percentiles) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    percentiles[3] AS p99,
    sum(counted.within_5s) AS within_5s,
    sum(counted.within_30s) AS within_30s,
    sum(counted.within_1min) AS within_1min,
    sum(counted.within_5min) AS within_5min,
    sum(counted.timed_by_elapsed) AS timed_by_elapsed,
    sum(counted.timed_by_provider) AS timed_by_provider,
    sum(counted.timed_by_mixed) AS timed_by_mixed,
    sum(counted.timed_by_received) AS timed_by_received
FROM counted
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, attempts DESC, slice
LIMIT {limit:UInt32}
