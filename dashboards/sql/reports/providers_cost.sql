-- What did messages through each provider cost, as far as decisions to send them knew it, and each that was delivered?
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
    )
SELECT
    chosen.provider AS provider,
    chosen.channel AS channel,
    count() AS sendings,
    countIf(is_delivered) AS delivered,
    sum(assumeNotNull(said.5)) AS cost,
    if(delivered = 0, NULL, toFloat64(cost) / delivered) AS cost_per_delivered
FROM chosen
INNER JOIN decided ON decided.message_id = chosen.message_id
WHERE chosen.step = said.1
    AND chosen.tries = said.2
    AND chosen.provider = said.3
    AND chosen.channel = said.4
GROUP BY provider, channel
ORDER BY channel, cost DESC, provider
LIMIT {limit:UInt32}
