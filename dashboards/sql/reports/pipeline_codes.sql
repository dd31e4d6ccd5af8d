-- Which codes that are in no table of ours came in, most often first?
-- A record that was stored twice counts once; what came in again, in another record, again.
SELECT
    provider,
    channel,
    code,
    argMax(code_text, (received_at, _partition, _offset)) AS words,
    uniqExact(_partition, _offset) AS events,
    max(received_at) AS latest_at
FROM events
WHERE stage = 'unknown'
    AND received_at >= {since:DateTime64(6, 'UTC')}
    AND received_at < {until:DateTime64(6, 'UTC')}
    AND ({provider:String} = '' OR provider = {provider:String})
    AND ({channel:String} = '' OR channel = {channel:String})
GROUP BY provider, channel, code
ORDER BY events DESC, provider, channel, code
LIMIT {limit:UInt32}
