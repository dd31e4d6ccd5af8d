-- What did messages through each provider cost, as far as decisions to send them knew it, and each that was delivered?
-- `same_mix_cost_per_delivered` is what it would be if each had been given the same countries, as in providers.sql.
-- A sending is known by message, step and tries, compared as one number for speed: of several records of one the first
-- in its topic counts. Decisions are made less than a day before the sending.
WITH
-- include chosen,
    planned AS
    (
        SELECT
            provider,
            channel,
            ifNull(toString(country), '') AS into,
            is_delivered,
            cityHash64(message, assumeNotNull(step), tries) AS sending,
            cityHash64(provider, channel) AS through
        FROM chosen
        WHERE isNotNull(step)
    ),
    decided AS
    (
        SELECT
            cityHash64(sipHash64(message_id), ifNull(step, 0), ifNull(tries, 0)) AS sending,
            argMin(cityHash64(provider, channel), _offset) AS meant_through,
            argMin(tuple(cost), _offset).1 AS expected
        FROM decisions
        WHERE kind = 'send'
            AND decided_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
            AND decided_at < {until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY
        GROUP BY sending
        HAVING isNotNull(expected)
    ),
    strata AS
    (
        SELECT
            provider,
            channel,
            into,
            count() AS sent,
            countIf(is_delivered) AS arrived,
            sum(assumeNotNull(expected)) AS spent,
            sum(sent) OVER (PARTITION BY channel, into) AS weight
        FROM planned
        INNER JOIN decided USING (sending)
        WHERE through = meant_through
        GROUP BY provider, channel, into
    )
SELECT
    provider,
    channel,
    sum(sent) AS sendings,
    sum(arrived) AS delivered,
    sum(spent) AS cost,
    if(delivered = 0, NULL, toFloat64(cost) / delivered) AS cost_per_delivered,
    if(
        delivered = 0,
        NULL,
        sum(weight * toFloat64(spent) / sent) / sum(weight * arrived / sent)
    ) AS same_mix_cost_per_delivered
FROM strata
GROUP BY provider, channel
ORDER BY channel, cost DESC, provider
LIMIT {limit:UInt32}
