-- Of what was handed over, how much was answered, and how long after it had arrived: of all together (the row where
-- total = 1) and by group? Where the time of arrival is not known, it is counted from the hand-over. In seconds.
WITH
-- include chosen
SELECT
    grouping(slice) AS total,
    slice,
    countIf(NOT is_scheduled) AS handed_over,
    count(replied_at) AS answered,
    answered / handed_over AS answer_rate,
    countIf(is_failed AND reason = 'opted_out') AS refused_as_opted_out,
    quantilesExactInclusiveIf(0.5, 0.95)(
        greatest(dateDiff('microsecond', coalesce(delivered_at, began), assumeNotNull(replied_at)), 0) / 1e6,
        isNotNull(replied_at)
    ) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95
FROM chosen
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, answered DESC, slice
LIMIT {limit:UInt32}
