-- Which attempts may belong to this message, or did under its derived id? The newest state decides, not this.
SELECT DISTINCT provider, ref
FROM
(
    SELECT provider, ref FROM attempts WHERE message_id = {message_id:String}
    UNION ALL
    SELECT provider, ref FROM attempts WHERE derived_message_id = {message_id:String}
    UNION ALL
    SELECT provider, ref FROM events WHERE message_id = {message_id:String}
)
ORDER BY provider, ref
LIMIT {most:UInt32}
