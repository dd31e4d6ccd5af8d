-- Which attempts does a report speak of? Not a question of its own: reports include it.
-- Those first heard of in the period that meet all filters; '' stands for "any". One row an attempt, its latest state.
-- `slice` is what the report is grouped by, `at` the begin of its bucket in the named zone, as seconds since 1970.
-- `began` is when it was on its way to the provider: for what was scheduled, when it was first heard to be sent.
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
        message_id,
        step,
        tries,
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
        if(
            isNull(scheduled_at),
            coalesce(handed_at, queued_at, sent_at, opened_at),
            coalesce(sent_at, queued_at, handed_at, opened_at)
        ) AS began,
        toUnixTimestamp(multiIf(
            {bucket:String} = 'minute', toStartOfMinute(opened_at, {zone:String}),
            {bucket:String} = 'hour', toStartOfHour(opened_at, {zone:String}),
            {bucket:String} = 'day', toStartOfDay(opened_at, {zone:String}),
            {bucket:String} = 'week', toDateTime(toMonday(opened_at, {zone:String}), {zone:String}),
            toDateTime(toStartOfMonth(opened_at, {zone:String}), {zone:String})
        )) AS at,
        multiIf(
            {group:String} = 'provider', toString(provider),
            {group:String} = 'channel', toString(channel),
            {group:String} = 'country', ifNull(toString(country), ''),
            {group:String} = 'number_type', ifNull(toString(number_type), ''),
            {group:String} = 'carrier', ifNull(toString(carrier), ''),
            {group:String} = 'reference', ifNull(reference, ''),
            {group:String} = 'sender', ifNull(senders.sender, ''),
            ''
        ) AS slice
    FROM attempts FINAL
    LEFT JOIN
    (
        -- The first that is known; in the table's own order, which costs a quarter of what aggregating does.
        SELECT provider, ref, sender
        FROM events
        WHERE {group:String} = 'sender'
            AND kind = 'send'
            AND isNotNull(sender)
            AND received_at >= {since:DateTime64(6, 'UTC')}
        ORDER BY provider, ref, received_at, _partition, _offset
        LIMIT 1 BY provider, ref
    ) AS senders USING (provider, ref)
    -- An attempt's month is that of an event of it, so not before the month in which it was first heard of; and not
    -- after it, but for events that were read in another order than received, by clocks that agree to less than a day.
    WHERE month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
        AND month <= formatDateTime({until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY, '%Y-%m')
        AND opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({number_type:String} = '' OR number_type = {number_type:String})
        AND ({carrier:String} = '' OR carrier = {carrier:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({sender:String} = '' OR (provider, ref) IN
        (
            SELECT provider, ref
            FROM events
            WHERE {sender:String} != ''
                AND kind = 'send'
                AND sender = {sender:String}
                AND received_at >= {since:DateTime64(6, 'UTC')}
        ))
)
