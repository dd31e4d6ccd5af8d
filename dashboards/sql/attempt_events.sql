-- What was heard of these attempts: the first copy of each event, and how many records carry it?
-- A record that was put in twice counts once. Replies that answer nothing in particular are no part of an attempt.
SELECT *
FROM
(
    SELECT
        provider, ref, kind, event_id, channel, stage, reason, final, code, code_text,
        occurred_at, zone, precision, occurred_text, received_at, scheduled_for, elapsed_seconds, timed,
        message_id, reference, country, number_type, carrier, handle, step, tries,
        source, recipient, reply_id, answers_attempt,
        payload_sha256, payload_index, payload_count, content_type, length(raw) AS payload_bytes,
        uniqExact(_partition, _offset) OVER (PARTITION BY provider, ref, event_id) AS copies
    FROM events
    WHERE (provider, ref) IN {keys:Array(Tuple(String, String))} AND (kind != 'reply' OR answers_attempt)
    ORDER BY provider, ref, received_at, _partition, _offset
    LIMIT 1 BY provider, ref, event_id
)
ORDER BY provider, ref, received_at, event_id
LIMIT {most:UInt32} BY provider, ref
