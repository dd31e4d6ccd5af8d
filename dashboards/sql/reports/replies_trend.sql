-- How many replies came in over time, from how many people, and how many of them want no more of it?
WITH
-- include replied
SELECT
    at,
    slice,
    count() AS replies,
    countIf(is_answer) AS answers,
    uniqExactIf(person, person != '') AS people,
    countIf(is_opt_out) AS opt_outs
FROM replied
GROUP BY at, slice
ORDER BY at, replies DESC, slice
LIMIT {most:UInt32}
