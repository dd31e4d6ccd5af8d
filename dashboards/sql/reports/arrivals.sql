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
            greatest(if(
                is_delivered,
                assumeNotNull(delivery_seconds),
                (toUnixTimestamp64Micro(assumeNotNull(multiIf(
                    is_failed, failed_at, is_unknown, closed_at, {as_of:DateTime64(6, 'UTC')}
                ))) - toUnixTimestamp64Micro(began)) / 1e6
            ), 0.) AS seconds,
            multiIf(seconds < 10, 100., seconds < 100, 10., seconds < 1000, 1., seconds < 10000, 0.1, 0.01) AS scale,
            ceil(seconds * scale) / scale AS until
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
