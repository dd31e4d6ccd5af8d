-- Which notices has the caller's application not taken, by type and why, most first?
-- Of a notice that was sent again what came of it last counts; only that must lie in the period. They are of no provider
-- and no channel.
SELECT
    kind AS type,
    last.2 AS why,
    last.3 AS status,
    count() AS notices,
    max(last_at) AS latest_at
FROM
(
    SELECT
        notice_id,
        any(type) AS kind,
        argMax((toString(result), why, status), (at, _partition, _offset)) AS last,
        max(at) AS last_at
    FROM notices
    WHERE at >= {since:DateTime64(6, 'UTC')}
    GROUP BY notice_id
    HAVING last.1 = 'dead' AND last_at < {until:DateTime64(6, 'UTC')}
)
WHERE {provider:String} = '' AND {channel:String} = ''
GROUP BY type, why, status
ORDER BY notices DESC, type, why, status
LIMIT {limit:UInt32}
