-- What came of the plans of messages that were asked for in this period: by plan and version, and of all together (the
-- row where total = 1)? '' stands for "any"; provider and channel ask for messages of which something was sent so.
-- A sending is known by step and tries, an outcome by its word: of several records of one the first in its topic counts,
-- and of several outcomes the last. A message has failed over once two of its steps were sent. Costs are those that its
-- sendings are expected to have.
WITH
-- include failover_asked,
    told AS
    (
        SELECT
            sipHash64(message_id) AS message,
            arraySort(groupArrayIf((step, tries, _offset, is_meant, cost), kind = 'send')) AS sent,
            arraySort(groupArrayIf((fate, _offset, added_seconds), kind = 'outcome')) AS came
        FROM
        (
            -- Words are looked at before they are gathered: numbers are so at a fraction of the cost.
            SELECT
                message_id, kind, step, tries, cost, added_seconds, _offset,
                toUInt8(ifNull(({provider:String} = '' OR provider = {provider:String})
                    AND ({channel:String} = '' OR channel = {channel:String}), 0)) AS is_meant,
                indexOf(['rescued', 'needless', 'both', 'failed_too'], ifNull(toString(outcome), '')) AS fate
            FROM decisions
            WHERE kind IN ('send', 'outcome')
                AND message_id BETWEEN (SELECT min(message_id) FROM planned) AND (SELECT max(message_id) FROM planned)
                AND sipHash64(message_id) IN (SELECT message FROM planned)
                -- For its partitions' sake: decisions follow requests, by clocks that agree to less than a day.
                AND decided_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
        )
        GROUP BY message
    ),
-- include failover_messages,
    fates AS
    (
        SELECT
            message,
            notEmpty(sends) AS was_sent,
            length(arrayDistinct(sends.1)) > 1 AS went_over,
            came_of_it.1 AS fate,
            came_of_it.3 AS added,
            arraySum(arrayMap(cost -> ifNull(cost, 0), sends.5)) AS all_cost,
            all_cost - if(was_sent, ifNull(sends[1].5, 0), 0) AS later_cost,
            arrayCount(cost -> isNull(cost), sends.5) AS of_unknown_cost,
            arrayExists(send -> send.4, sends) AS is_meant
        FROM messages
    )
SELECT
    grouping(name) AS total,
    if(total = 1, NULL, name) AS plan,
    if(total = 1, NULL, told_version) AS version,
    count() AS messages,
    countIf(was_sent) AS sent,
    countIf(went_over) AS failed_over,
    countIf(fate = 1) AS rescued,
    countIf(fate = 2) AS needless,
    countIf(fate = 3) AS both,
    countIf(fate = 4) AS failed_too,
    failed_over - rescued - needless - both - failed_too AS pending,
    sum(all_cost) AS cost,
    sum(later_cost) AS extra_cost,
    sum(of_unknown_cost) AS sendings_of_unknown_cost,
    rescued / (failed_over - pending) AS rescue_rate,
    needless / (failed_over - pending) AS needless_rate,
    quantilesExactInclusiveIf(0.5, 0.95)(added, fate = 1) AS added_seconds,
    added_seconds[1] AS added_seconds_p50,
    added_seconds[2] AS added_seconds_p95
FROM asked
LEFT JOIN fates ON fates.message = asked.message
WHERE ({provider:String} = '' AND {channel:String} = '') OR is_meant
GROUP BY GROUPING SETS ((name, told_version), ())
ORDER BY total DESC, messages DESC, plan, version
LIMIT {limit:UInt32}
