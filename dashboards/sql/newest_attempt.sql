-- When did we receive the newest event that an attempt's stored state knows of, among attempts first heard of since then?
SELECT max(updated_at) AS at, count() AS attempts
FROM attempts
WHERE month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
    AND opened_at >= {since:DateTime64(6, 'UTC')}
