-- How many replies came in, from how many people, and how many of them want no more of it: of all together (the row
-- where total = 1) and by group? A person who wrote to two groups is one of each, and one of all together.
WITH
-- include replied
SELECT
    grouping(slice) AS total,
    slice,
    count() AS replies,
    countIf(is_answer) AS answers,
    uniqExactIf(person, person != '') AS people,
    countIf(is_opt_out) AS opt_outs,
    opt_outs / replies AS opt_out_share
FROM replied
GROUP BY GROUPING SETS ((slice), ())
ORDER BY total DESC, replies DESC, slice
LIMIT {limit:UInt32}
