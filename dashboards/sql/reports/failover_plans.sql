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
-- include failover_messages
SELECT
    grouping(name) AS total,
    if(total = 1, NULL, name) AS plan,
    if(total = 1, NULL, told_version) AS version,
    count() AS messages,
    countIf(notEmpty(sends)) AS sent,
    countIf(length(arrayDistinct(sends.1)) > 1) AS failed_over,
    countIf(came_of_it.1 = 1) AS rescued,
    countIf(came_of_it.1 = 2) AS needless,
    countIf(came_of_it.1 = 3) AS both,
    countIf(came_of_it.1 = 4) AS failed_too,
    failed_over - rescued - needless - both - failed_too AS pending,
    sum(arraySum(arrayMap(cost -> ifNull(cost, 0), sends.5))) AS cost,
    sum(arraySum(arrayMap(cost -> ifNull(cost, 0), arraySlice(sends.5, 2)))) AS extra_cost,
    sum(arrayCount(cost -> isNull(cost), sends.5)) AS sendings_of_unknown_cost,
    rescued / (failed_over - pending) AS rescue_rate,
    needless / (failed_over - pending) AS needless_rate,
    quantilesExactInclusiveIf(0.5, 0.95)(came_of_it.3, came_of_it.1 = 1) AS added_seconds,
    added_seconds[1] AS added_seconds_p50,
    added_seconds[2] AS added_seconds_p95
FROM asked
LEFT JOIN messages ON messages.message = asked.message
WHERE ({provider:String} = '' AND {channel:String} = '') OR arrayExists(send -> send.4, sends)
GROUP BY GROUPING SETS ((name, told_version), ())
ORDER BY total DESC, messages DESC, plan, version
LIMIT {limit:UInt32}
