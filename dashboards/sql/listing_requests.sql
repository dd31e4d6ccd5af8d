-- By which plan is each of these messages sent, if by any? The first request of a message counts.
SELECT message_id, argMin(plan, _offset) AS name, argMin(plan_version, _offset) AS version
FROM requests
WHERE message_id IN {message_ids:Array(String)} AND kind = 'message'
GROUP BY message_id
