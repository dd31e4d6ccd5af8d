-- How many deliveries took how long, by group? Each row is from `least` seconds on and before the next edge.
WITH
-- include chosen
SELECT
    slice,
    roundDown(assumeNotNull(delivery_seconds), {edges:Array(Float64)}) AS least,
    count() AS delivered
FROM chosen
WHERE isNotNull(delivery_seconds)
GROUP BY slice, least
ORDER BY slice, least
LIMIT {most:UInt32}
