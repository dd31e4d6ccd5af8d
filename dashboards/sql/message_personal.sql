-- What is personal of this message: who wrote what to whom, and what exactly was exchanged with the provider? Each event,
-- request and call once, by its first record. Bytes need not be UTF-8, so they are given in base64. `id` is that of the
-- event, of the decision that was carried out, or nothing.
SELECT *
FROM
(
    SELECT
        received_at AS at, kind, provider, channel, recipient, recipient_name, sender, sender_name, text,
        event_id AS id, base64Encode(raw) AS received, content_type, base64Encode(request) AS sent, '' AS content,
        event_id AS once, _partition, _offset
    FROM events
    WHERE (provider, ref) IN {keys:Array(Tuple(String, String))}
    UNION ALL
    SELECT
        received_at AS at, kind, provider, channel, recipient, '' AS recipient_name, sender, '' AS sender_name, text,
        '' AS id, '' AS received, '' AS content_type, '' AS sent, content,
        concat('request/', toString(_partition), '/', toString(_offset)) AS once, _partition, _offset
    FROM requests
    WHERE message_id = {message_id:String} AND kind = 'message'
    UNION ALL
    SELECT
        at, kind, provider, NULL AS channel, NULL AS recipient, '' AS recipient_name, NULL AS sender, '' AS sender_name,
        NULL AS text, decision_id AS id, base64Encode(raw) AS received, content_type, base64Encode(request) AS sent,
        '' AS content, concat('call/', toString(_partition), '/', toString(_offset)) AS once, _partition, _offset
    FROM calls
    WHERE message_id = {message_id:String} AND (raw != '' OR request != '')
)
ORDER BY at, once, _partition, _offset
LIMIT 1 BY once
LIMIT {most:UInt32}
