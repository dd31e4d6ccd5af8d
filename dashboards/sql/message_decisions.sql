-- What was decided about this message? A record that was put in twice counts once.
SELECT decision_id, kind, decided_at, why, provider, channel, step, tries, round, ref, finding, resend
FROM decisions
WHERE message_id = {message_id:String}
ORDER BY decided_at, _partition, _offset
LIMIT 1 BY decided_at, _partition, _offset
LIMIT {most:UInt32}
