-- What came of calling providers to send these messages, in the order of the topic? A record that was put in twice counts
-- once.
SELECT *
FROM
(
    SELECT
        message_id, decision_id, kind, at, provider, claim, decision_offset, step, result, refs, code, text, reason,
        tries, status, looked_up, why, _partition, _offset
    FROM calls
    WHERE message_id IN {message_ids:Array(String)} AND step IS NOT NULL
    LIMIT 1 BY _partition, _offset
)
ORDER BY _partition, _offset
LIMIT {most:UInt32} BY message_id
