-- How far does what is stored of each partition of the events topic reach, where that is further than a reader has come?
-- `partitions` and `offsets` say where that reader goes on, `least` is the least of them; 0 where it has not begun.
SELECT _partition AS partition, max(_offset) + 1 AS next_offset
FROM events
WHERE received_at >= {since:DateTime64(6, 'UTC')}
    AND _offset >= {least:UInt64}
    AND _offset >= transform(_partition, {partitions:Array(UInt32)}, {offsets:Array(UInt64)}, toUInt64(0))
GROUP BY partition
ORDER BY partition
