-- Where have the decisions about these messages led? Of several records with one id the first counts.
SELECT *
FROM
(
    SELECT message_id, decision_id, kind, decided_at, why, step, tries, provider, outcome, _partition, _offset
    FROM decisions
    WHERE message_id IN {message_ids:Array(String)} AND kind IN ('send', 'wait', 'end', 'outcome')
    ORDER BY _partition, _offset
    LIMIT 1 BY decision_id
)
ORDER BY _partition, _offset
LIMIT {most:UInt32} BY message_id
