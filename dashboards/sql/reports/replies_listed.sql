-- Which replies came in, newest first, after the cursor? `opting_out` is -1 for any, or whether they want no more of it.
-- What it answers is told by its attempt, where the provider says which one that is.
WITH
-- include replied,
    shown AS
    (
        SELECT *
        FROM replied
        WHERE (first_at, event_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
            AND ({opting_out:Int8} = -1 OR is_opt_out = {opting_out:Int8})
        ORDER BY first_at DESC, event_id DESC
        LIMIT {limit:UInt32}
    )
SELECT
    event_id, first_at, provider, channel, ref, country, sender, person, is_opt_out,
    if(is_answer, found.message_id, '') AS answered
FROM shown
LEFT JOIN
(
    SELECT provider, ref, message_id
    FROM attempts FINAL
    WHERE (provider, ref) IN (SELECT provider, ref FROM shown WHERE is_answer)
) AS found ON found.provider = shown.provider AND found.ref = shown.ref
ORDER BY first_at DESC, event_id DESC
