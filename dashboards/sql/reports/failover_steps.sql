-- Which steps took over from which, why, and what came of it, for messages that were asked for in this period?
-- One row for each way over: from the provider and channel that the step before was sent through last to those that this
-- step was sent through first. What counts is as in failover_plans.sql; the outcome is that of the whole message.
WITH
-- include failover_asked,
    told AS
    (
        SELECT
            sipHash64(message_id) AS message,
            arraySort(groupArrayIf((step, tries, _offset, provider, channel, cost, why, reason), kind = 'send')) AS sent,
            arraySort(groupArrayIf((outcome, _offset, added_seconds, step), kind = 'outcome')) AS came
        FROM decisions
        WHERE kind IN ('send', 'outcome')
            AND message_id BETWEEN (SELECT min(message_id) FROM planned) AND (SELECT max(message_id) FROM planned)
            AND sipHash64(message_id) IN
            (
                -- Of which a later step was sent: all others went over to none.
                SELECT sipHash64(message_id)
                FROM decisions
                WHERE kind = 'send'
                    AND step > 1
                    AND message_id BETWEEN (SELECT min(message_id) FROM planned) AND (SELECT max(message_id) FROM planned)
                    AND sipHash64(message_id) IN (SELECT message FROM planned)
            )
            -- For its partitions' sake: decisions follow requests, by clocks that agree to less than a day.
            AND decided_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
        GROUP BY message
        HAVING length(arrayDistinct(sent.1)) > 1
    ),
-- include failover_messages,
    ways AS
    (
        SELECT
            message,
            came_of_it,
            sends[place - 1] AS before,
            sends[place] AS fired,
            arraySum(arrayMap(send -> if(send.1 = fired.1, ifNull(send.6, 0), 0), sends)) AS step_cost
        FROM messages
        ARRAY JOIN arrayFilter(
            place -> place > 1 AND sends[place].1 != sends[place - 1].1, arrayEnumerate(sends)
        ) AS place
        WHERE ({provider:String} = '' AND {channel:String} = '') OR arrayExists(
            send -> ({provider:String} = '' OR send.4 = {provider:String})
                AND ({channel:String} = '' OR send.5 = {channel:String}),
            sends
        )
    )
SELECT
    name AS plan,
    told_version AS version,
    assumeNotNull(fired.1) AS step,
    before.4 AS from_provider,
    before.5 AS from_channel,
    fired.4 AS provider,
    fired.5 AS channel,
    fired.7 AS why,
    fired.8 AS reason,
    count() AS fired_over,
    countIf(came_of_it.4 = fired.1) AS arrived_first,
    countIf(came_of_it.1 = 'rescued') AS rescued,
    countIf(came_of_it.1 = 'needless') AS needless,
    countIf(came_of_it.1 = 'both') AS both,
    countIf(came_of_it.1 = 'failed_too') AS failed_too,
    fired_over - rescued - needless - both - failed_too AS pending,
    sum(step_cost) AS cost,
    quantilesExactInclusiveIf(0.5, 0.95)(came_of_it.3, came_of_it.1 = 'rescued') AS added_seconds,
    added_seconds[1] AS added_seconds_p50,
    added_seconds[2] AS added_seconds_p95
FROM ways
INNER JOIN asked ON asked.message = ways.message
GROUP BY plan, version, step, from_provider, from_channel, provider, channel, why, reason
ORDER BY fired_over DESC, plan, version, step, from_provider, from_channel, provider, channel, why, reason
LIMIT {limit:UInt32}
