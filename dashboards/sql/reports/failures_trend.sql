-- How many failed for which reason over time, of how many that were handed over in the same bucket?
WITH
-- include chosen
SELECT at, why AS reason, failed, handed_over, failed / handed_over AS failure_rate
FROM
(
    SELECT
        at,
        if(is_failed, ifNull(toString(reason), 'unspecified'), '') AS why,
        countIf(is_failed) AS failed,
        sum(countIf(NOT is_scheduled)) OVER (PARTITION BY at) AS handed_over
    FROM chosen
    GROUP BY at, why
)
WHERE failed > 0
ORDER BY at, failed DESC, reason
LIMIT {most:UInt32}
