-- How many of the conversations that are open at the moment close in which hour, as clocks in the named zone show it?
WITH
-- include conversing
SELECT
    toUnixTimestamp(toStartOfHour(closes_at, {zone:String})) AS at,
    provider,
    channel,
    count() AS closing
FROM conversing
GROUP BY at, provider, channel
ORDER BY at, channel, provider
LIMIT {most:UInt32}
