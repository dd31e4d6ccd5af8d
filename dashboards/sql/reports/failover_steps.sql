-- Which steps took over from which, why, and what came of it, for messages that were asked for in this period?
-- One row for each way over: from the provider and channel that the step before was sent through last to those that this
-- step was sent through first. What counts is as in failover_plans.sql; the outcome is that of the whole message.
WITH
-- include journeyed,
    ways AS
    (
        SELECT
            cityHash64(provider, channel, why, ifNull(reason, '')) AS way,
            any(journeys.provider) AS by_provider,
            any(journeys.channel) AS on_channel,
            any(journeys.why) AS told_why,
            any(journeys.reason) AS told_reason
        FROM journeys
        WHERE kind = 'send'
            AND at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
            AND at < {until:DateTime64(6, 'UTC')} + INTERVAL 3 MONTH
        GROUP BY way
    ),
    messages AS
    (
        SELECT
            anyIf(told.by_plan, kind = 'request') AS by_plan,
            anyIf(at, kind = 'request') AS asked_at,
            groupArrayIf(place, kind = 'send') AS found,
            arraySort(found) AS places,
            arraySort((one, at_place) -> at_place, groupArrayIf(told.way, kind = 'send'), found) AS sent_ways,
            arraySort((one, at_place) -> at_place, groupArrayIf(known_cost, kind = 'send'), found) AS costs,
            argMinIf(told.fate, turn, kind = 'outcome') AS fate,
            argMinIf(told.added, turn, kind = 'outcome') AS added,
            argMinIf(told.arrived_first, turn, kind = 'outcome') AS came_first
        FROM told
        WHERE message IN
        (
            -- Of which a later step was sent: all others went over to none.
            SELECT message
            FROM journeys
            WHERE kind = 'send'
                AND step > 1
                AND at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
                AND at < {until:DateTime64(6, 'UTC')} + INTERVAL 3 MONTH
        )
        GROUP BY message
        HAVING countIf(kind = 'request') > 0
            AND asked_at >= {since:DateTime64(6, 'UTC')}
            AND asked_at < {until:DateTime64(6, 'UTC')}
            AND (({provider:String} = '' AND {channel:String} = '') OR max(is_meant))
    ),
    -- One row for each time that a step took over.
    gone AS
    (
        SELECT
            by_plan,
            fate,
            added,
            came_first,
            intDiv(places[number], 65536) AS to_step,
            sent_ways[number - 1] AS from_way,
            sent_ways[number] AS to_way,
            arraySum((one, at_place) -> if(intDiv(at_place, 65536) = to_step, one, 0), costs, places) AS step_cost
        FROM messages
        ARRAY JOIN arrayFilter(
            number -> number > 1 AND intDiv(places[number], 65536) != intDiv(places[number - 1], 65536),
            arrayEnumerate(places)
        ) AS number
    ),
    -- By digests, of which there are few, before they are put into words.
    counted AS
    (
        SELECT
            by_plan,
            to_step,
            from_way,
            to_way,
            count() AS fired_over,
            countIf(came_first = to_step) AS arrived_first,
            countIf(fate = 1) AS rescued,
            countIf(fate = 2) AS needless,
            countIf(fate = 3) AS both,
            countIf(fate = 4) AS failed_too,
            sum(step_cost) AS cost,
            quantilesExactInclusiveStateIf(0.5, 0.95)(added, fate = 1 AND NOT isNaN(added)) AS added_seconds
        FROM gone
        GROUP BY by_plan, to_step, from_way, to_way
    )
SELECT
    name AS plan,
    named_version AS version,
    toInt64(to_step) AS step,
    before.by_provider AS from_provider,
    before.on_channel AS from_channel,
    fired.by_provider AS provider,
    fired.on_channel AS channel,
    fired.told_why AS why,
    fired.told_reason AS reason,
    sum(counted.fired_over) AS fired_over,
    sum(counted.arrived_first) AS arrived_first,
    sum(counted.rescued) AS rescued,
    sum(counted.needless) AS needless,
    sum(counted.both) AS both,
    sum(counted.failed_too) AS failed_too,
    fired_over - rescued - needless - both - failed_too AS pending,
    sum(counted.cost) AS cost,
    quantilesExactInclusiveMerge(0.5, 0.95)(counted.added_seconds) AS added_seconds,
    added_seconds[1] AS added_seconds_p50,
    added_seconds[2] AS added_seconds_p95
FROM counted
INNER JOIN plans ON plans.by_plan = counted.by_plan
INNER JOIN ways AS before ON before.way = counted.from_way
INNER JOIN ways AS fired ON fired.way = counted.to_way
GROUP BY plan, version, step, from_provider, from_channel, provider, channel, why, reason
ORDER BY fired_over DESC, plan, version, step, from_provider, from_channel, provider, channel, why, reason
LIMIT {limit:UInt32}
