-- The same over time: by bucket and group, in order of time?
-- A bucket is maturing while it lasts, and while more than one in a hundred of it is still under way.
WITH
-- include chosen
SELECT
    at,
    slice,
    count() AS attempts,
    countIf(NOT is_scheduled) AS handed_over,
    countIf(is_delivered) AS delivered,
    countIf(is_failed) AS failed,
    countIf(is_in_flight) AS in_flight,
    countIf(is_unknown) AS unknown,
    countIf(is_scheduled) AS scheduled,
    delivered / handed_over AS delivery_rate,
    count(delivery_seconds) AS timed,
    quantilesExactInclusive(0.5, 0.95, 0.99)(delivery_seconds) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    percentiles[3] AS p99,
    countIf(delivery_seconds <= 5) AS within_5s,
    countIf(delivery_seconds <= 30) AS within_30s,
    countIf(delivery_seconds <= 60) AS within_1min,
    countIf(delivery_seconds <= 300) AS within_5min,
    toBool(in_flight + scheduled > 0.01 * attempts OR toUnixTimestamp(multiIf(
        {bucket:String} = 'minute', toDateTime(at, {zone:String}) + INTERVAL 1 MINUTE,
        {bucket:String} = 'hour', toDateTime(at, {zone:String}) + INTERVAL 1 HOUR,
        {bucket:String} = 'day', toDateTime(at, {zone:String}) + INTERVAL 1 DAY,
        {bucket:String} = 'week', toDateTime(at, {zone:String}) + INTERVAL 1 WEEK,
        toDateTime(at, {zone:String}) + INTERVAL 1 MONTH
    )) > toUnixTimestamp({as_of:DateTime64(6, 'UTC')})) AS maturing
FROM chosen
GROUP BY at, slice
ORDER BY at, attempts DESC, slice
LIMIT {most:UInt32}
