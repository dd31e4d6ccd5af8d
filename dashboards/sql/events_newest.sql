-- Which events that meet all filters came in last, before where a reader will go on? '' stands for "any".
-- A record that was stored twice counts once; of them so many are read that this may leave fewer than the limit.
SELECT *
FROM
(
    SELECT
        _partition, _offset,
        event_id, kind, provider, ref, channel, stage, reason, final, code, code_text, occurred_at, received_at,
        country, recipient, source, answers_attempt
    FROM events
    WHERE received_at >= {since:DateTime64(6, 'UTC')}
        AND _offset < transform(_partition, {partitions:Array(UInt32)}, {ends:Array(UInt64)}, toUInt64(18446744073709551615))
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({kind:String} = '' OR kind = {kind:String})
        AND ({stage:String} = '' OR stage = {stage:String})
    ORDER BY received_at DESC, _partition DESC, _offset DESC
    LIMIT {limit:UInt32} * 2
)
ORDER BY received_at DESC, _partition DESC, _offset DESC
LIMIT 1 BY _partition, _offset
LIMIT {limit:UInt32}
