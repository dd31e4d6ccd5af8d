-- How many rows has each table, and of when is its newest? Answered from what is known of each part, without reading rows.
-- A record that was stored twice counts twice until the two are merged. Of attempts parts do not know when.
SELECT name, rows, at
FROM
(
    SELECT 1 AS place, 'requests' AS name, count() AS rows, max(received_at) AS at FROM requests
    UNION ALL SELECT 2, 'decisions', count(), max(decided_at) FROM decisions
    UNION ALL SELECT 3, 'calls', count(), max(at) FROM calls
    UNION ALL SELECT 4, 'events', count(), max(received_at) FROM events
    UNION ALL SELECT 5, 'attempts', count(), toDateTime64(0, 6, 'UTC') FROM attempts
    UNION ALL SELECT 6, 'notices', count(), max(at) FROM notices
    UNION ALL SELECT 7, 'alerts', count(), max(at) FROM alerts
    UNION ALL SELECT 8, 'unparsed', count(), max(received_at) FROM unparsed
    UNION ALL SELECT 9, 'unmaskings', count(), max(at) FROM unmaskings
)
ORDER BY place
