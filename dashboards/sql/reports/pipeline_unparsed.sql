-- What could not be read, by provider and why, most first?
-- A payload that came again is another one; a record that was stored twice counts once. Channels are not known of these.
SELECT
    provider,
    _topic AS topic,
    error,
    uniqExact(_topic, _partition, _offset) AS records,
    min(received_at) AS first_at,
    max(received_at) AS latest_at
FROM unparsed
WHERE received_at >= {since:DateTime64(6, 'UTC')}
    AND received_at < {until:DateTime64(6, 'UTC')}
    AND ({provider:String} = '' OR provider = {provider:String})
    AND {channel:String} = ''
GROUP BY provider, topic, error
ORDER BY records DESC, provider, topic, error
LIMIT {limit:UInt32}
