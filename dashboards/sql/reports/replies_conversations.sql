-- How many conversations are open at the moment, by provider and channel, and when do they close unless people write
-- again?
WITH
-- include conversing
SELECT
    provider,
    channel,
    count() AS open,
    countIf(closes_at <= {as_of:DateTime64(6, 'UTC')} + INTERVAL 1 HOUR) AS closing_within_1h,
    min(closes_at) AS first_closes_at,
    max(closes_at) AS last_closes_at
FROM conversing
GROUP BY provider, channel
ORDER BY open DESC, channel, provider
LIMIT {limit:UInt32}
