    -- Not a question of its own: the messages that were asked for with a plan in this period, and of these which were
    -- asked for in it first. They go by the digests of their ids, for speed, and by the least and the greatest of their
    -- ids, which are the primary key and mostly grow with time.
    planned AS
    (
        SELECT message_id, sipHash64(message_id) AS message
        FROM requests
        WHERE kind = 'message'
            AND plan_version != ''
            AND received_at >= {since:DateTime64(6, 'UTC')}
            AND received_at < {until:DateTime64(6, 'UTC')}
    ),
    asked AS
    (
        SELECT sipHash64(message_id) AS message, argMin(plan, _offset) AS name, argMin(plan_version, _offset) AS told_version
        FROM requests
        WHERE kind = 'message'
            AND message_id BETWEEN (SELECT min(message_id) FROM planned) AND (SELECT max(message_id) FROM planned)
            AND sipHash64(message_id) IN (SELECT message FROM planned)
        GROUP BY message
        HAVING told_version != ''
            AND ({plan:String} = '' OR name = {plan:String})
            AND argMin(received_at, _offset) >= {since:DateTime64(6, 'UTC')}
            AND argMin(received_at, _offset) < {until:DateTime64(6, 'UTC')}
    )
