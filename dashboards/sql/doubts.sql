-- Which steps are in doubt, the oldest first, after the cursor?
-- The calls of a step are folded in their order, by the dispatcher's own rule (delivery/steps.py says it in Python, and
-- a test holds the two together): (state, claim) begins free; the first claim holds until it is released, a doubt is the
-- holder's, and a result is for ever, but for one that says that nothing was taken and is of another claim than the one
-- that holds. An attempt at the message through the same provider that was heard of since the step was first called
-- shows that it was taken.
WITH
    doubted AS (SELECT message_id FROM calls WHERE kind = 'doubt'),
    heard AS
    (
        SELECT message_id, provider, max(opened_at) AS last_opened
        FROM attempts FINAL
        WHERE (provider, ref) IN (SELECT provider, ref FROM attempts WHERE message_id IN (SELECT message_id FROM doubted))
            AND message_id IN (SELECT message_id FROM doubted)
        GROUP BY message_id, provider
    ),
    steps AS
    (
        SELECT
            message_id,
            decision_id,
            any(step) AS number,
            argMin(provider, _offset) AS through,
            argMin(at, _offset) AS called_at,
            arrayFold(
                (so_far, call) -> multiIf(
                    so_far.1 = 'done', so_far,
                    call.2 = 'calling' AND so_far.1 = 'free', ('claimed', call.3, so_far.3, so_far.4),
                    call.2 = 'doubt' AND (so_far.1 = 'free' OR call.3 = so_far.2), ('doubt', call.3, call.5, call.6),
                    call.4 = 'not_taken' AND so_far.1 = 'claimed' AND call.3 != so_far.2, so_far,
                    call.2 = 'called' AND call.4 != 'released', ('done', so_far.2, so_far.3, so_far.4),
                    call.2 = 'called' AND call.3 = so_far.2, ('free', so_far.2, so_far.3, so_far.4),
                    so_far
                ),
                arraySort(groupArray((_offset, CAST(kind, 'String'), claim, ifNull(CAST(result, 'Nullable(String)'), ''), at, why))),
                ('free', '', toDateTime64(0, 6, 'UTC'), '')
            ) AS stands
        FROM calls
        WHERE message_id IN (SELECT message_id FROM doubted) AND step IS NOT NULL
        GROUP BY message_id, decision_id
        HAVING stands.1 = 'doubt'
    )
SELECT
    steps.message_id AS message_id,
    steps.decision_id AS decision_id,
    number AS step,
    through AS provider,
    stands.3 AS since,
    stands.4 AS why
FROM steps
LEFT JOIN heard ON heard.message_id = steps.message_id AND heard.provider = steps.through
WHERE heard.last_opened < called_at
    AND (since, decision_id) > ({after:DateTime64(6, 'UTC')}, {after_id:String})
ORDER BY since, decision_id
LIMIT {limit:UInt32}
