-- What came in last? Copies are left in: telling them apart before the limit would sort the whole period.
SELECT event_id, provider, ref, channel, kind, stage, reason, code, received_at, answers_attempt
FROM events
WHERE received_at >= {since:DateTime64(6, 'UTC')}
ORDER BY received_at DESC, event_id
LIMIT {limit:UInt32}
