-- Of what was handed over, how much was answered, and how long after it had arrived? Not a question of its own: reports
-- include it. Where the time of arrival is not known, it is counted from the hand-over. In seconds.
    countIf(NOT is_scheduled) AS handed_over,
    count(replied_at) AS answered,
    answered / handed_over AS answer_rate,
    quantilesExactInclusiveIf(0.5, 0.95)(
        greatest(dateDiff('microsecond', coalesce(delivered_at, began), assumeNotNull(replied_at)), 0) / 1e6,
        isNotNull(replied_at)
    ) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95
