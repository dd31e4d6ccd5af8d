-- Which attempts does a report speak of? Not a question of its own: reports include it.
-- Those first heard of in the period that meet all filters; '' stands for "any". One row an attempt, its latest state.
-- `slice` is what the report is grouped by, `at` the begin of its bucket in the named zone, as seconds since 1970.
-- `began` is when it was on its way to the provider: for what was scheduled, when it was first heard to be sent.
-- include bucket_of,
chosen AS
(
    SELECT
        provider,
        channel,
        stage,
        reason,
        code,
        opened_at,
        updated_at,
        began,
        message_id,
        message,
        step,
        tries,
        expected_cost,
        revised,
        contradictions,
        country,
        number_type,
        carrier,
        closed_at,
        delivered_at,
        failed_at,
        replied_at,
        delivery_seconds,
        clock,
        stage IN {successes:Array(String)} AS is_delivered,
        stage IN {failures:Array(String)} AS is_failed,
        NOT final AND stage = 'scheduled' AS is_scheduled,
        NOT final AND stage != 'scheduled' AS is_in_flight,
        final AND NOT is_delivered AND NOT is_failed AS is_unknown,
        bucket_of(opened_at) AS at,
        if({group:String} = 'provider', toString(provider),
        if({group:String} = 'channel', toString(channel),
        if({group:String} = 'country', ifNull(toString(country), ''),
        if({group:String} = 'number_type', ifNull(toString(number_type), ''),
        if({group:String} = 'carrier', ifNull(toString(carrier), ''),
        if({group:String} = 'reference', ifNull(toString(reference), ''),
        if({group:String} = 'sender', ifNull(toString(sender), ''),
        ''))))))) AS slice
    FROM outcomes FINAL
    -- By when an attempt was first told of, which is the primary key: not before it was first heard of, and not long
    -- after, but for events that were read in another order than received, by clocks that agree to less than a day.
    -- It is kept in whole seconds. Those of which it is not known stand at the beginning of time, each in its month.
    WHERE month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
        AND month <= formatDateTime({until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY, '%Y-%m')
        AND (heard_at = toDateTime(0, 'UTC')
            OR heard_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 SECOND
                AND heard_at < {until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY)
        AND opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({number_type:String} = '' OR number_type = {number_type:String})
        AND ({carrier:String} = '' OR carrier = {carrier:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({sender:String} = '' OR sender = {sender:String})
)
