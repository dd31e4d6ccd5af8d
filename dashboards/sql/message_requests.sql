-- What was asked about this message? A record that was put in twice counts once.
SELECT
    kind, received_at, provider, channel, send_at, ttl_seconds, priority, store, reference, country, on_doubt,
    step, finding, ref, resend, recipient
FROM requests
WHERE message_id = {message_id:String}
ORDER BY received_at, _partition, _offset
LIMIT 1 BY received_at, _partition, _offset
LIMIT {most:UInt32}
