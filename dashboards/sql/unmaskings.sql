-- Who was shown the numbers and texts of this message, the latest first? A record that was put in twice counts once.
SELECT unmasking_id, at, who, role, why
FROM unmaskings
WHERE message_id = {message_id:String}
ORDER BY at DESC, unmasking_id
LIMIT 1 BY unmasking_id
LIMIT {most:UInt32}
