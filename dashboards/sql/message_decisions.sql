-- What was decided about this message? Of several records with one id the first counts; a record that was put in twice
-- is one.
SELECT *
FROM
(
    SELECT
        decision_id, kind, decided_at, why, provider, channel, step, tries, on_doubt, expires_at, waits, choice, cost,
        until, outcome, extra_cost, added_seconds, grounds, round, ref, finding, resend, _partition, _offset,
        uniqExact(_partition, _offset) OVER (PARTITION BY decision_id) AS copies
    FROM decisions
    WHERE message_id = {message_id:String}
    ORDER BY _partition, _offset
    LIMIT 1 BY decision_id
)
ORDER BY decided_at, _partition, _offset
LIMIT {most:UInt32}
