-- What did messages through each provider cost, as far as decisions to send them knew it, and each that was delivered?
-- `same_mix_cost_per_delivered` is what it would be if each had been given the same countries, as in providers.sql.
-- Of several records with one id the first in its topic counts. Decisions are made less than a day before the sending.
WITH
-- include chosen,
    decided AS
    (
        SELECT
            message_id,
            argMin((step, tries, provider, channel, cost), _offset) AS said
        FROM decisions
        WHERE kind = 'send' AND decided_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
        GROUP BY message_id, decision_id
        HAVING isNotNull(said.5)
    ),
    strata AS
    (
        SELECT
            chosen.provider AS provider,
            chosen.channel AS channel,
            ifNull(toString(country), '') AS into,
            count() AS sent,
            countIf(is_delivered) AS arrived,
            sum(assumeNotNull(said.5)) AS spent,
            sum(sent) OVER (PARTITION BY channel, into) AS weight
        FROM chosen
        INNER JOIN decided ON decided.message_id = chosen.message_id
        WHERE chosen.step = said.1
            AND chosen.tries = said.2
            AND chosen.provider = said.3
            AND chosen.channel = said.4
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
