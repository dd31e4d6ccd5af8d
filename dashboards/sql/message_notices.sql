-- What was the caller's application told of this message? A record that was put in twice counts once.
SELECT notice_id, type, about, at, result, tries, status, why
FROM notices
WHERE message_id = {message_id:String}
ORDER BY at, _partition, _offset
LIMIT 1 BY at, _partition, _offset
LIMIT {most:UInt32}
