-- Which messages have an attempt that meets all filters, or were asked for so, newest first, after the cursor?
-- '' stands for "any", and -1 of final; the times are always given. What is asked for stands at no stage, for no reason,
-- and is neither final nor not.
SELECT message_id, min(heard_at) AS opened
FROM
(
    SELECT message_id, opened_at AS heard_at
    FROM attempts FINAL
    WHERE opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({stage:String} = '' OR stage = {stage:String})
        AND ({reason:String} = '' OR reason = {reason:String})
        AND ({final:Int8} = -1 OR final = {final:Int8})
        AND ({country:String} = '' OR country = {country:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({recipient:String} = '' OR (provider, ref) IN
        (
            SELECT provider, ref
            FROM events
            WHERE {recipient:String} != ''
                AND recipient = {recipient:String}
                AND kind != 'reply'
                AND received_at >= {since:DateTime64(6, 'UTC')}
        ))
    UNION ALL
    SELECT message_id, received_at AS heard_at
    FROM requests
    WHERE kind = 'message'
        AND {stage:String} = '' AND {reason:String} = '' AND {final:Int8} = -1
        AND received_at >= {since:DateTime64(6, 'UTC')}
        AND received_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({recipient:String} = '' OR recipient = {recipient:String})
)
GROUP BY message_id
HAVING (opened, message_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY opened DESC, message_id DESC
LIMIT {limit:UInt32}
