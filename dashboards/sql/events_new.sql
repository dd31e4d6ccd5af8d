-- Which events that meet all filters were stored beyond where a reader has come? '' stands for "any".
-- In turns, the next one of each partition in a turn, so that what fits into the limit leaves no gap in any partition. A
-- record that was stored twice counts once. `partitions` and the arrays with it say where each was left and now ends.
SELECT
    _partition AS partition, _offset AS offset,
    event_id, kind, provider, ref, channel, stage, reason, final, code, code_text, occurred_at, received_at,
    country, recipient, source, answers_attempt,
    row_number() OVER (PARTITION BY _partition ORDER BY _offset) AS turn
FROM
(
    SELECT
        _partition, _offset,
        event_id, kind, provider, ref, channel, stage, reason, final, code, code_text, occurred_at, received_at,
        country, recipient, source, answers_attempt
    FROM events
    WHERE received_at >= {since:DateTime64(6, 'UTC')}
        AND _offset >= {least:UInt64}
        AND _offset >= transform(_partition, {partitions:Array(UInt32)}, {offsets:Array(UInt64)}, toUInt64(0))
        AND _offset < transform(_partition, {partitions:Array(UInt32)}, {ends:Array(UInt64)}, toUInt64(0))
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({kind:String} = '' OR kind = {kind:String})
        AND ({stage:String} = '' OR stage = {stage:String})
    ORDER BY _partition, _offset
    LIMIT 1 BY _partition, _offset
)
ORDER BY turn, partition
LIMIT {limit:UInt32}
