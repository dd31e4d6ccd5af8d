-- What came of the plans of messages that were asked for in this period: by plan and version, and of all together (the
-- row where total = 1)? '' stands for "any"; provider and channel ask for messages of which something was sent so.
-- A sending is known by step and tries, an outcome by its word: of several records of one the first in its topic counts,
-- and of several outcomes the last. A message has failed over once two of its steps were sent. Costs are those that its
-- sendings are expected to have.
WITH
-- include journeyed,
    messages AS
    (
        SELECT
            anyIf(told.by_plan, kind = 'request') AS by_plan,
            anyIf(at, kind = 'request') AS asked_at,
            max(step) > 0 AS was_sent,
            was_sent AND max(step) > minIf(step, step > 0) AS went_over,
            -- The outcome that was decided last has the least turn.
            argMinIf(told.fate, turn, kind = 'outcome') AS fate,
            argMinIf(told.added, turn, kind = 'outcome') AS added,
            sum(known_cost) AS all_cost,
            argMinIf(known_cost, place, kind = 'send') AS first_cost,
            sum(is_of_unknown_cost) AS of_unknown_cost,
            max(told.is_meant) AS is_meant
        FROM told
        GROUP BY message
        HAVING countIf(kind = 'request') > 0
            AND asked_at >= {since:DateTime64(6, 'UTC')}
            AND asked_at < {until:DateTime64(6, 'UTC')}
            AND (({provider:String} = '' AND {channel:String} = '') OR is_meant)
    ),
    -- Each message is looked at once; what is of all together is put together from the plans.
    counted AS
    (
        SELECT
            messages.by_plan AS by_plan,
            count() AS messages,
            countIf(was_sent) AS sent,
            countIf(went_over) AS failed_over,
            countIf(fate = 1) AS rescued,
            countIf(fate = 2) AS needless,
            countIf(fate = 3) AS both,
            countIf(fate = 4) AS failed_too,
            sum(all_cost) AS cost,
            sum(first_cost) AS first_costs,
            sum(of_unknown_cost) AS sendings_of_unknown_cost,
            quantilesExactInclusiveStateIf(0.5, 0.95)(added, fate = 1 AND NOT isNaN(added)) AS added_seconds
        FROM messages
        GROUP BY by_plan
    )
SELECT
    grouping(name) AS total,
    if(total = 1, NULL, name) AS plan,
    if(total = 1, NULL, named_version) AS version,
    sum(counted.messages) AS messages,
    sum(counted.sent) AS sent,
    sum(counted.failed_over) AS failed_over,
    sum(counted.rescued) AS rescued,
    sum(counted.needless) AS needless,
    sum(counted.both) AS both,
    sum(counted.failed_too) AS failed_too,
    failed_over - rescued - needless - both - failed_too AS pending,
    sum(counted.cost) AS cost,
    cost - sum(first_costs) AS extra_cost,
    sum(counted.sendings_of_unknown_cost) AS sendings_of_unknown_cost,
    rescued / (failed_over - pending) AS rescue_rate,
    needless / (failed_over - pending) AS needless_rate,
    quantilesExactInclusiveMerge(0.5, 0.95)(counted.added_seconds) AS added_seconds,
    added_seconds[1] AS added_seconds_p50,
    added_seconds[2] AS added_seconds_p95
FROM counted
INNER JOIN plans ON plans.by_plan = counted.by_plan
GROUP BY GROUPING SETS ((name, named_version), ())
ORDER BY total DESC, messages DESC, plan, version
LIMIT {limit:UInt32}
