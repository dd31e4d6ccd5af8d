-- What is personal of this message: who wrote what to whom? Each event and request once, by its first record.
SELECT *
FROM
(
    SELECT
        received_at AS at, kind, provider, channel, recipient, recipient_name, sender, sender_name, text,
        event_id AS id, _partition, _offset
    FROM events
    WHERE (provider, ref) IN {keys:Array(Tuple(String, String))}
    UNION ALL
    SELECT
        received_at AS at, kind, provider, channel, recipient, '' AS recipient_name, sender, '' AS sender_name, text,
        concat('request/', toString(_partition), '/', toString(_offset)) AS id, _partition, _offset
    FROM requests
    WHERE message_id = {message_id:String} AND kind = 'message'
)
ORDER BY at, id, _partition, _offset
LIMIT 1 BY id
LIMIT {most:UInt32}
