    -- Not a question of its own: what was told of messages with plans at this time, once each. A message is decided about
    -- from when it was asked for, by clocks that agree to less than a day; what is decided a quarter after the period or
    -- later is left out. Words are told by digests here: numbers are gathered at a fraction of the cost.
    told AS
    (
        SELECT
            message,
            kind,
            step,
            at,
            turn,
            toUInt32(step) * 65536 + tries AS place,
            ifNull(cost, 0) AS known_cost,
            kind = 'send' AND isNull(cost) AS is_of_unknown_cost,
            indexOf(['rescued', 'needless', 'both', 'failed_too'], toString(outcome)) AS fate,
            ifNull(added_seconds, nan) AS added,
            arrived_first,
            cityHash64(plan, plan_version) AS by_plan,
            cityHash64(provider, channel, why, ifNull(reason, '')) AS way,
            kind = 'send'
                AND ({provider:String} = '' OR provider = {provider:String})
                AND ({channel:String} = '' OR channel = {channel:String}) AS is_meant
        FROM journeys FINAL
        WHERE at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
            AND at < {until:DateTime64(6, 'UTC')} + INTERVAL 3 MONTH
    ),
    plans AS
    (
        SELECT
            cityHash64(journeys.plan, plan_version) AS by_plan,
            any(journeys.plan) AS name,
            any(plan_version) AS named_version
        FROM journeys
        WHERE kind = 'request'
            AND at >= {since:DateTime64(6, 'UTC')}
            AND at < {until:DateTime64(6, 'UTC')}
            AND ({plan:String} = '' OR journeys.plan = {plan:String})
        GROUP BY by_plan
    )
