    -- Not a question of its own: of each message its sendings and outcomes, once each, and the last outcome.
    messages AS
    (
        SELECT
            message,
            arrayFilter(
                (send, at) -> at = 1 OR (send.1, send.2) != (sent[at - 1].1, sent[at - 1].2), sent, arrayEnumerate(sent)
            ) AS sends,
            arrayFilter((one, at) -> at = 1 OR one.1 != came[at - 1].1, came, arrayEnumerate(came)) AS outcomes,
            arraySort(one -> one.2, outcomes)[-1] AS came_of_it
        FROM told
    )
