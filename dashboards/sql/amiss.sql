-- How many alerts are open, and how many messages are in doubt? As the questions that list them have it.
SELECT
    (
        SELECT count()
        FROM
        (
-- include alerts
        )
    ) AS open_alerts,
    (
        SELECT uniqExact(message_id)
        FROM
        (
-- include doubts
        )
    ) AS messages_in_doubt
