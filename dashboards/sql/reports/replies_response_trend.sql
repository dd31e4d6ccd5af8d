-- Of what was handed over, how much was answered, and how long after it had arrived: over time, by when it was first
-- heard of? As in replies_response.sql. In the last buckets answers are still to come.
WITH
-- include chosen
SELECT
    at,
    slice,
    countIf(NOT is_scheduled) AS handed_over,
    count(replied_at) AS answered,
    answered / handed_over AS answer_rate,
    quantilesExactInclusiveIf(0.5, 0.95)(
        greatest(dateDiff('microsecond', coalesce(delivered_at, began), assumeNotNull(replied_at)), 0) / 1e6,
        isNotNull(replied_at)
    ) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95
FROM chosen
GROUP BY at, slice
ORDER BY at, answered DESC, slice
LIMIT {most:UInt32}
