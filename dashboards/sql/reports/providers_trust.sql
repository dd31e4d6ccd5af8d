-- How far can one rely on what a provider tells, channel by channel? One row for each part of its score, with what the
-- part rests on: `good` in `considered` of them, `share`. A part earns all of its `weight` where all are good, nothing
-- where `none_at` or less are, and in between in proportion (`points`; NaN where there is nothing to judge by). The
-- score is what all parts that can be judged earn of their weights together, in hundredths.
-- Receipts are awaited of what is an hour old and was not refused at once. An hour is judged of which enough of them
-- are awaited, and it is silent if none of these ever came.
WITH
-- include chosen,
    hours AS
    (
        SELECT
            provider,
            channel,
            toStartOfHour(opened_at) AS hour,
            countIf(NOT is_scheduled) AS handed,
            countIf(
                NOT is_scheduled AND stage != 'rejected' AND began <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR
            ) AS awaited,
            countIf(
                (is_delivered OR is_failed)
                    AND stage != 'rejected'
                    AND began <= {as_of:DateTime64(6, 'UTC')} - INTERVAL 1 HOUR
            ) AS heard,
            countIf(is_delivered) AS arrived,
            countIf(is_failed) AS ended,
            countIf((is_delivered OR is_failed) AND NOT revised AND contradictions = 0) AS steady,
            countIf(is_delivered AND clock IN ('elapsed', 'provider')) AS timed_by_it,
            countIf(NOT is_scheduled AND ifNull(reason, '') != 'unknown_code') AS of_known_code,
            countIf(is_failed AND ifNull(reason, 'unspecified') NOT IN ('unspecified', 'unknown_code')) AS explained
        FROM chosen
        GROUP BY provider, channel, hour
    ),
    judged AS
    (
        SELECT
            provider,
            channel,
            sum(awaited) AS receipts_awaited,
            map(
                'receipts', (sum(heard), receipts_awaited),
                'steady_ends', (sum(steady), sum(arrived) + sum(ended)),
                'hours_heard', (
                    countIf(awaited >= {fewest_an_hour:UInt32} AND heard > 0),
                    countIf(awaited >= {fewest_an_hour:UInt32})
                ),
                'own_times', (sum(timed_by_it), sum(arrived)),
                'known_codes', (sum(of_known_code), sum(handed)),
                'explained_failures', (sum(explained), sum(ended))
            ) AS told
        FROM hours
        GROUP BY provider, channel
    )
SELECT
    provider,
    channel,
    part,
    weight,
    none_at,
    told[part].1 AS good,
    told[part].2 AS considered,
    good / considered AS share,
    if(considered = 0, nan, weight * greatest(share - none_at, 0) / (1 - none_at)) AS points,
    100 * sum(if(considered = 0, 0, points)) OVER (PARTITION BY provider, channel)
        / sum(if(considered = 0, 0, weight)) OVER (PARTITION BY provider, channel) AS score,
    toBool(receipts_awaited < {fewest_receipts:UInt32}) AS is_thin
FROM judged
ARRAY JOIN {parts:Array(String)} AS part, {weights:Array(Float64)} AS weight, {none_at:Array(Float64)} AS none_at
ORDER BY channel, score DESC, provider, weight DESC, part
LIMIT {most:UInt32}
