-- How much was answered, and how long after: over time, by when it was first heard of?
-- In the last buckets answers are still to come.
WITH
-- include chosen
SELECT
    at,
    slice,
-- include answered
FROM chosen
GROUP BY at, slice
ORDER BY at, answered DESC, slice
LIMIT {most:UInt32}
