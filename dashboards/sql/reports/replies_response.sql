-- How much was answered, and how long after: of all together (the row where total = 1) and by group?
WITH
-- include chosen
SELECT
    grouping(slice) AS total,
    slice,
    countIf(is_failed AND reason = 'opted_out') AS refused_as_opted_out,
-- include answered
FROM chosen
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, answered DESC, slice
LIMIT {limit:UInt32}
