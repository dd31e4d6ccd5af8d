-- Which messages have an attempt that meets all filters, or were asked for so, newest first, after the cursor?
-- What is asked for is no attempt: with `attempts_only`, which a filter implies that only attempts can meet, it is left
-- out. What was heard of after the cursor's moment moves no message that stands before it.
SELECT message_id, min(first_at) AS opened
FROM
(
    SELECT message_id, opened_at AS first_at
    FROM outcomes FINAL
    WHERE opened_at <= {before:DateTime64(6, 'UTC')} AND
-- include heard
        AND
-- include meets
    UNION ALL
    SELECT message_id, received_at AS first_at
    FROM requests
    WHERE received_at <= {before:DateTime64(6, 'UTC')} AND
-- include meets_requests
)
GROUP BY message_id
HAVING (opened, message_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY opened DESC, message_id DESC
LIMIT {limit:UInt32}
