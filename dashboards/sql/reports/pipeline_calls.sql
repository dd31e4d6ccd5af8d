-- Which calls to providers came to nothing, or to nobody knows what, by why, most first?
-- A record that was stored twice counts once. Channels are not known of these.
SELECT
    provider,
    if(kind = 'doubt', 'in_doubt', toString(assumeNotNull(result))) AS result,
    if(kind = 'doubt', NULL, reason) AS reason,
    code,
    if(kind = 'doubt', why, text) AS words,
    status,
    uniqExact(_partition, _offset) AS calls,
    max(at) AS latest_at
FROM calls
WHERE (kind = 'doubt' OR (kind = 'called' AND calls.result IN ('refused', 'not_taken', 'impossible', 'abandoned')))
    AND at >= {since:DateTime64(6, 'UTC')}
    AND at < {until:DateTime64(6, 'UTC')}
    AND ({provider:String} = '' OR provider = {provider:String})
    AND {channel:String} = ''
GROUP BY provider, result, reason, code, words, status
ORDER BY calls DESC, provider, result, code, words
LIMIT {limit:UInt32}
