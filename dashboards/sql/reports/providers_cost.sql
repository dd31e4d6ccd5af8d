-- What did messages through each provider cost, as far as decisions to send them knew it, and each that was delivered?
-- `same_mix_cost_per_delivered` is what it would be if each had been given the same countries, as in providers.sql.
-- Each attempt carries what its sending was expected to cost; one of which that is not known is left out.
WITH
-- include chosen,
    strata AS
    (
        SELECT
            provider,
            channel,
            ifNull(toString(country), '') AS into,
            count() AS sent,
            countIf(is_delivered) AS arrived,
            sum(assumeNotNull(expected_cost)) AS spent,
            sum(sent) OVER (PARTITION BY channel, into) AS weight
        FROM chosen
        WHERE isNotNull(expected_cost)
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
