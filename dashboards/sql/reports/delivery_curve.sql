-- Of all that was handed over, what share arrives within so many seconds, one number of seconds after the other, by group?
-- NaN where nobody can know, since nothing was watched for so long.
WITH
-- include arrivals
SELECT
    slice,
    arrayJoin({edges:Array(Float64)}) AS seconds,
    if(
        longest < seconds AND open_ended,
        nan,
        arrayMax(point -> if(point.1 <= seconds, point.2, 0.), points)
    ) AS share
FROM
(
    SELECT
        slice,
        sum(arrived) + sum(failed) + sum(censored) AS watched,
        max(until) AS longest,
        argMax(censored, until) > 0 AS open_ended,
        groupArray((until, share)) AS points
    FROM curves
    WHERE total = 0
    GROUP BY slice
)
ORDER BY watched DESC, slice, seconds
LIMIT {most:UInt32}
