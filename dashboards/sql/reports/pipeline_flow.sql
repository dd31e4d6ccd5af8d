-- What came in over time: events by kind, those with codes in no table of ours, and what could not be read?
-- Records count as they are stored: one that a sink stored twice after a crash counts twice until the two are merged.
WITH
-- include bucket_of
SELECT
    at,
    slice,
    sum(of_events) AS events,
    sum(of_sends) AS sends,
    sum(of_statuses) AS statuses,
    sum(of_replies) AS replies,
    sum(of_unknown_codes) AS unknown_codes,
    sum(of_unparsed) AS unparsed,
    maxOrNullIf(told_after[1], of_events > 0 AND NOT isNaN(told_after[1])) AS told_after_p50,
    maxOrNullIf(told_after[2], of_events > 0 AND NOT isNaN(told_after[2])) AS told_after_p95
FROM
(
    SELECT
        bucket_of(received_at) AS at,
        if({group:String} = 'provider', toString(provider),
        if({group:String} = 'channel', toString(channel),
        if({group:String} = 'country', ifNull(toString(country), ''),
        if({group:String} = 'number_type', ifNull(toString(number_type), ''),
        if({group:String} = 'carrier', ifNull(toString(carrier), ''),
        if({group:String} = 'reference', ifNull(reference, ''),
        if({group:String} = 'sender', if(kind = 'send', ifNull(sender, ''), ''),
        ''))))))) AS slice,
        count() AS of_events,
        countIf(kind = 'send') AS of_sends,
        countIf(kind = 'status') AS of_statuses,
        countIf(kind = 'reply') AS of_replies,
        countIf(stage = 'unknown') AS of_unknown_codes,
        0 AS of_unparsed,
        quantilesExactInclusive(0.5, 0.95)(told_after_seconds) AS told_after
    FROM events
    WHERE received_at >= {since:DateTime64(6, 'UTC')}
        AND received_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
    GROUP BY at, slice
    UNION ALL
    SELECT
        bucket_of(received_at) AS at,
        if({group:String} = 'provider', toString(provider), '') AS slice,
        0, 0, 0, 0, 0,
        count(),
        CAST([], 'Array(Float64)')
    FROM unparsed
    WHERE received_at >= {since:DateTime64(6, 'UTC')}
        AND received_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND {channel:String} = ''
    GROUP BY at, slice
)
GROUP BY at, slice
ORDER BY at, events DESC, slice
LIMIT {most:UInt32}
