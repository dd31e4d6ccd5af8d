-- Which steps are in doubt, the oldest first, after the cursor?
-- The calls of a step are folded in their order, by the dispatcher's own rule (delivery/steps.py says it in Python, and
-- a test holds the two together): (state, claim) begins free; the first claim holds until it is released, a doubt is the
-- holder's, and a result is for ever, but for one that says that nothing was taken and is of another claim than the one
-- that holds. What was abandoned is in doubt still, and is not released. An attempt at the message through the same
-- provider shows what became of it: one that says which sending it is of that one, another one if it was heard of since
-- the step was first called.
WITH
    doubted AS (SELECT message_id FROM calls WHERE kind = 'doubt'),
    heard AS
    (
        SELECT
            message_id,
            provider,
            maxIf(opened_at, step IS NULL) AS last_opened,
            groupUniqArrayIf((assumeNotNull(step), tries), step IS NOT NULL) AS sendings
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
            assumeNotNull(any(step)) AS number,
            toInt64OrZero(splitByChar('/', decision_id)[3]) AS tries,
            argMin(provider, _offset) AS through,
            argMin(at, _offset) AS called_at,
            arrayFold(
                (so_far, call) -> multiIf(
                    so_far.1 = 'done', so_far,
                    call.2 = 'calling' AND so_far.1 = 'free', ('claimed', call.3, so_far.3, so_far.4),
                    call.2 = 'doubt' AND so_far.1 != 'abandoned' AND (so_far.1 = 'free' OR call.3 = so_far.2),
                        ('doubt', call.3, call.5, call.6),
                    call.4 = 'abandoned' AND (so_far.1 = 'doubt' OR (so_far.1 = 'free' AND call.3 = so_far.2)),
                        ('abandoned', so_far.2, so_far.3, so_far.4),
                    call.4 = 'abandoned', so_far,
                    call.4 = 'not_taken' AND so_far.1 = 'claimed' AND call.3 != so_far.2, so_far,
                    call.2 = 'called' AND call.4 != 'released', ('done', so_far.2, so_far.3, so_far.4),
                    call.2 = 'called' AND so_far.1 != 'abandoned' AND call.3 = so_far.2,
                        ('free', so_far.2, so_far.3, so_far.4),
                    so_far
                ),
                arraySort(groupArray((_offset, CAST(kind, 'String'), claim, ifNull(CAST(result, 'Nullable(String)'), ''), at, why))),
                ('free', '', toDateTime64(0, 6, 'UTC'), '')
            ) AS stands
        FROM calls
        WHERE message_id IN (SELECT message_id FROM doubted) AND step IS NOT NULL
        GROUP BY message_id, decision_id
        HAVING stands.1 IN ('doubt', 'abandoned')
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
    AND NOT has(heard.sendings, (number, tries))
    AND (since, decision_id) > ({after:DateTime64(6, 'UTC')}, {after_id:String})
ORDER BY since, decision_id
LIMIT {limit:UInt32}
