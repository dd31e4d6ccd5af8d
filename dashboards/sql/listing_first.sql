-- Where do these messages stand in the listing, whatever stretch of it was read?
SELECT message_id, min(first_at) AS opened
FROM
(
    SELECT message_id, opened_at AS first_at
    FROM attempts FINAL
    WHERE (provider, ref) IN (SELECT provider, ref FROM attempts WHERE message_id IN {message_ids:Array(String)})
        AND message_id IN {message_ids:Array(String)}
        AND
-- include meets
    UNION ALL
    SELECT message_id, received_at AS first_at
    FROM requests
    WHERE message_id IN {message_ids:Array(String)} AND
-- include meets_requests
)
GROUP BY message_id
