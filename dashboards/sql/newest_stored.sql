-- How many rows has each table, and of when is its newest? Answered from what is known of each part, without reading rows.
-- A record that was stored twice counts twice until the two are merged. Of attempts parts do not know when.
SELECT 'requests' AS name, count() AS rows, max(received_at) AS at FROM requests
UNION ALL SELECT 'decisions', count(), max(decided_at) FROM decisions
UNION ALL SELECT 'calls', count(), max(at) FROM calls
UNION ALL SELECT 'events', count(), max(received_at) FROM events
UNION ALL SELECT 'attempts', count(), toDateTime64(0, 6, 'UTC') FROM attempts
UNION ALL SELECT 'notices', count(), max(at) FROM notices
UNION ALL SELECT 'alerts', count(), max(at) FROM alerts
UNION ALL SELECT 'unparsed', count(), max(received_at) FROM unparsed
UNION ALL SELECT 'unmaskings', count(), max(at) FROM unmaskings
