-- Of all that was handed over, what share arrives within so many seconds, and when has half of it arrived: of all
-- together (the row where total = 1) and by group? NaN where nobody can know: where nothing was watched for so long, or
-- where a share has not arrived.
WITH
-- include arrivals
SELECT
    total,
    slice,
    sum(arrived) + sum(failed) + sum(censored) AS watched,
    sum(censored) AS no_more_known,
    max(until) AS longest,
    argMax(censored, until) > 0 AS open_ended,
    if(longest < 5 AND open_ended, nan, maxIf(share, until <= 5)) AS share_within_5s,
    if(longest < 30 AND open_ended, nan, maxIf(share, until <= 30)) AS share_within_30s,
    if(longest < 60 AND open_ended, nan, maxIf(share, until <= 60)) AS share_within_1min,
    if(longest < 300 AND open_ended, nan, maxIf(share, until <= 300)) AS share_within_5min,
    -- Sums of fractions may fall short of a share by their last digits.
    if(max(share) > 0.5 - 1e-9, minIf(until, share > 0.5 - 1e-9), nan) AS half_by,
    if(max(share) > 0.95 - 1e-9, minIf(until, share > 0.95 - 1e-9), nan) AS p95_by,
    if(max(share) > 0.99 - 1e-9, minIf(until, share > 0.99 - 1e-9), nan) AS p99_by
FROM curves
GROUP BY total, slice
ORDER BY total DESC, watched DESC, slice
LIMIT {limit:UInt32}
