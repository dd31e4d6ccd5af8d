-- Which record of each of these decisions came first, and how many are there? The first counts.
SELECT message_id, decision_id, min(_offset) AS first, uniqExact(_partition, _offset) AS copies
FROM decisions
WHERE message_id IN {message_ids:Array(String)} AND decision_id IN {decision_ids:Array(String)}
GROUP BY message_id, decision_id
