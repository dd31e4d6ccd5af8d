-- Where do most messages fail, by group, and why mostly?
WITH
-- include chosen
SELECT
    slice,
    sum(handed) AS handed_over,
    sum(ended) AS failed,
    failed / handed_over AS failure_rate,
    argMax(why, (ended, why)) AS most_common,
    max(ended) AS failed_so,
    count() OVER () AS all_rows
FROM
(
    SELECT
        slice,
        if(is_failed, ifNull(toString(reason), 'unspecified'), '') AS why,
        countIf(NOT is_scheduled) AS handed,
        countIf(is_failed) AS ended
    FROM chosen
    GROUP BY slice, why
)
GROUP BY slice
HAVING failed > 0
ORDER BY failed DESC, slice
LIMIT {limit:UInt32}
