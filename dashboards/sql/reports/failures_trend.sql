-- How many failed for which reason over time, of how many that were handed over in the same bucket?
-- A bucket is maturing while it lasts, and while more than one in a hundred of it is still under way.
WITH
-- include chosen
SELECT
    at,
    why AS reason,
    failed,
    handed_over,
    failed / handed_over AS failure_rate,
    toBool(open > 0.01 * attempts OR toUnixTimestamp(multiIf(
        {bucket:String} = 'minute', toDateTime(at, {zone:String}) + INTERVAL 1 MINUTE,
        {bucket:String} = 'hour', toDateTime(at, {zone:String}) + INTERVAL 1 HOUR,
        {bucket:String} = 'day', toDateTime(at, {zone:String}) + INTERVAL 1 DAY,
        {bucket:String} = 'week', toDateTime(at, {zone:String}) + INTERVAL 1 WEEK,
        toDateTime(at, {zone:String}) + INTERVAL 1 MONTH
    )) > toUnixTimestamp({as_of:DateTime64(6, 'UTC')})) AS maturing
FROM
(
    SELECT
        at,
        if(is_failed, ifNull(toString(reason), 'unspecified'), '') AS why,
        countIf(is_failed) AS failed,
        sum(count()) OVER (PARTITION BY at) AS attempts,
        sum(countIf(NOT is_scheduled)) OVER (PARTITION BY at) AS handed_over,
        sum(countIf(is_scheduled OR is_in_flight)) OVER (PARTITION BY at) AS open
    FROM chosen
    GROUP BY at, why
)
WHERE failed > 0
ORDER BY at, failed DESC, reason
LIMIT {most:UInt32}
