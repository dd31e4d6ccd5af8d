-- How many failed of what was handed over, and would they fail again if they were sent again later: of all together (the
-- row where total = 1) and by group, most failures first? What is held up is under way and has a reason.
WITH
-- include chosen,
    counted AS
    (
        SELECT
            slice,
            countIf(NOT is_scheduled) AS handed_over,
            countIf(is_failed) AS failed,
            countIf(is_failed AND has({permanent:Array(String)}, ifNull(toString(reason), ''))) AS permanent,
            countIf(is_failed AND has({temporary:Array(String)}, ifNull(toString(reason), ''))) AS temporary,
            countIf(is_in_flight) AS in_flight,
            countIf(is_in_flight AND isNotNull(reason)) AS held_up
        FROM chosen
        GROUP BY slice
    )
SELECT
    grouping(slice) AS total,
    slice,
    sum(counted.handed_over) AS handed_over,
    sum(counted.failed) AS failed,
    failed / handed_over AS failure_rate,
    sum(counted.permanent) AS permanent,
    sum(counted.temporary) AS temporary,
    failed - permanent - temporary AS of_unknown_lasting,
    sum(counted.in_flight) AS in_flight,
    sum(counted.held_up) AS held_up
FROM counted
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, failed DESC, handed_over DESC, slice
LIMIT {limit:UInt32}
