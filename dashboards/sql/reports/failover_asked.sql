    -- Not a question of its own: the messages that were asked for with a plan in this period.
    asked AS
    (
        SELECT message_id, argMin(plan, _offset) AS name, argMin(plan_version, _offset) AS told_version
        FROM requests
        WHERE kind = 'message' AND message_id IN
        (
            SELECT message_id
            FROM requests
            WHERE kind = 'message'
                AND plan_version != ''
                AND received_at >= {since:DateTime64(6, 'UTC')}
                AND received_at < {until:DateTime64(6, 'UTC')}
        )
        GROUP BY message_id
        HAVING told_version != ''
            AND ({plan:String} = '' OR name = {plan:String})
            AND argMin(received_at, _offset) >= {since:DateTime64(6, 'UTC')}
            AND argMin(received_at, _offset) < {until:DateTime64(6, 'UTC')}
    )
