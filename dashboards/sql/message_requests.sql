-- What was asked about this message? A record that was put in twice counts once.
SELECT
    kind, received_at, provider, channel, send_at, ttl_seconds, priority, store, reference, country, on_doubt, begins_at,
    plan, plan_version, outline, step, tries, finding, ref, resend, recipient
FROM requests
WHERE message_id = {message_id:String}
ORDER BY _partition, _offset
LIMIT 1 BY _partition, _offset
LIMIT {most:UInt32}
