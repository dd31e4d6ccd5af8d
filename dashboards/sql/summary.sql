-- What became of what was first heard of in this period, by provider and channel?
-- Computed from the latest state of each attempt, so that nothing counts twice. Percentiles are exact, interpolated
-- between the two nearest values, over what was delivered at a known time; in seconds, NaN where there is none.
SELECT
    provider,
    channel,
    count() AS sent,
    countIf(stage IN {successes:Array(String)}) AS delivered,
    countIf(stage IN {failures:Array(String)}) AS failed,
    countIf(NOT final) AS in_flight,
    sent - delivered - failed - in_flight AS unknown,
    sumMap(map(CAST(stage, 'String'), toUInt64(1))) AS stages,
    sumMapIf(
        map(ifNull(CAST(reason, 'Nullable(String)'), 'unspecified'), toUInt64(1)), stage IN {failures:Array(String)}
    ) AS failed_by_reason,
    count(delivery_seconds) AS timed,
    quantilesExactInclusive(0.5, 0.95, 0.99)(delivery_seconds) AS percentiles
FROM outcomes FINAL
WHERE
-- include heard
GROUP BY provider, channel
ORDER BY provider, channel
