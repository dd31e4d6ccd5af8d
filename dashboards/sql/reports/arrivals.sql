-- How does the share that has arrived grow with time? Not a question of its own: what is asked of that share includes it.
-- `share` of all that was handed over has arrived within `until` seconds: of all together (where total = 1) and by group.
-- What is in flight is not left out: until now it has not arrived, and no more is known of it (it is censored); what was
-- closed without a receipt likewise, until then. What failed never arrives. This is the cumulative incidence by Aalen and
-- Johansen, which is Kaplan's and Meier's where nothing fails. What was delivered at an unknown time is left out. Times
-- are rounded up to three digits.
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
    counted AS
    (
        -- By digests of groups, since two numbers are counted by more quickly than a text and a number.
        SELECT
            any(lives.slice) AS slice,
            until,
            countIf(is_delivered) AS arriving,
            countIf(is_failed) AS failing,
            count() AS ending
        FROM lives
        GROUP BY cityHash64(lives.slice), until
    ),
    times AS
    (
        SELECT
            grouping(slice) AS total,
            slice,
            until,
            sum(arriving) AS arrived,
            sum(failing) AS failed,
            sum(ending) - arrived - failed AS censored
        FROM counted
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
