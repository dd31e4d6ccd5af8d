-- Of all that was handed over, what share arrives within so many seconds, and when has half of it arrived: of all
-- together (the row where total = 1) and by group? What is in flight is not left out: until now it has not arrived, and
-- no more is known of it (it is censored); what was closed without a receipt likewise, until then. What failed never
-- arrives. This is the cumulative incidence by Aalen and Johansen, which is Kaplan's and Meier's where nothing fails.
-- What was delivered at an unknown time is left out. Times are rounded up to three digits. NaN where nobody can know:
-- where nothing was watched for so long, or where a share has not arrived.
WITH
-- include chosen,
    lives AS
    (
        SELECT
            slice,
            is_delivered,
            is_failed,
            greatest(assumeNotNull(multiIf(
                is_delivered, delivery_seconds,
                is_failed, dateDiff('microsecond', began, failed_at) / 1e6,
                is_unknown, dateDiff('microsecond', began, closed_at) / 1e6,
                dateDiff('microsecond', began, {as_of:DateTime64(6, 'UTC')}) / 1e6
            )), 0.) AS seconds,
            multiIf(
                seconds < 10, ceil(seconds * 100) / 100,
                seconds < 100, ceil(seconds * 10) / 10,
                seconds < 1000, ceil(seconds),
                seconds < 10000, ceil(seconds / 10) * 10,
                ceil(seconds / 100) * 100
            ) AS until
        FROM chosen
        WHERE NOT is_scheduled AND NOT (is_delivered AND isNull(delivery_seconds))
    ),
    times AS
    (
        SELECT
            grouping(slice) AS total,
            slice,
            until,
            countIf(is_delivered) AS arrived,
            countIf(is_failed) AS failed,
            count() - arrived - failed AS censored
        FROM lives
        GROUP BY GROUPING SETS ((slice, until), (until))
    ),
    risks AS
    (
        SELECT
            *,
            sum(arrived + failed + censored) OVER (
                PARTITION BY total, slice ORDER BY until ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            ) AS at_risk
        FROM times
    ),
    steps AS
    (
        SELECT
            *,
            exp(sum(log(1 - (arrived + failed) / at_risk)) OVER (
                PARTITION BY total, slice ORDER BY until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )) AS open_before
        FROM risks
    ),
    curves AS
    (
        SELECT
            *,
            sum(open_before * arrived / at_risk) OVER (
                PARTITION BY total, slice ORDER BY until ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS share
        FROM steps
    )
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
