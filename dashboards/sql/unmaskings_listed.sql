-- Who was shown numbers and texts of which message, and why, the latest first, after the cursor? '' stands for "any"; the
-- times are always given. A record that was put in twice is one.
SELECT unmasking_id, message_id, at, who, role, why
FROM unmaskings
WHERE at >= {since:DateTime64(6, 'UTC')}
    AND at < {until:DateTime64(6, 'UTC')}
    AND ({who:String} = '' OR who = {who:String})
    AND ({message_id:String} = '' OR message_id = {message_id:String})
    AND (at, unmasking_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY at DESC, unmasking_id DESC
LIMIT 1 BY unmasking_id
LIMIT {limit:UInt32}
