-- How do all attempts at these messages stand, and which of them meet all filters?
SELECT
    message_id, provider, ref, channel, stage, reason, code, final, revised,
    delivery_seconds, clock, country, reference, step, tries, opened_at, updated_at,
    CAST(ifNull((
-- include meets
    ), 0), 'Bool') AS met
FROM attempts FINAL
WHERE (provider, ref) IN (SELECT provider, ref FROM attempts WHERE message_id IN {message_ids:Array(String)})
    AND message_id IN {message_ids:Array(String)}
ORDER BY opened_at, provider, ref
LIMIT {most:UInt32} BY message_id
