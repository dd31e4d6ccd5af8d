-- How do deliveries do by weekday (1 is Monday) and hour of the day, as clocks in the named zone show them?
WITH
-- include chosen
SELECT
    toDayOfWeek(opened_at, 0, {zone:String}) AS weekday,
    toHour(opened_at, {zone:String}) AS hour,
    countIf(NOT is_scheduled) AS handed_over,
    countIf(is_delivered) AS delivered,
    countIf(is_in_flight) AS in_flight,
    count(delivery_seconds) AS timed,
    quantilesExactInclusive(0.5, 0.95)(delivery_seconds) AS percentiles,
    percentiles[1] AS p50,
    percentiles[2] AS p95,
    countIf(delivery_seconds <= 60) AS within_1min
FROM chosen
GROUP BY weekday, hour
ORDER BY weekday, hour
