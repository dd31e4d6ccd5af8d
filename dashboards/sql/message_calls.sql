-- What came of calling providers about this message, in the order of the topic? A record that was put in twice counts
-- once.
SELECT
    message_id, decision_id, kind, at, provider, claim, decision_offset, step, result, refs, code, text, reason, tries,
    status, looked_up, why
FROM calls
WHERE message_id = {message_id:String}
ORDER BY _partition, _offset
LIMIT 1 BY _partition, _offset
LIMIT {most:UInt32}
