-- When did we receive the newest event that an attempt's stored state knows of, among attempts first heard of since then?
-- A state that is not merged with a later one yet changes nothing: the newest is asked for.
SELECT max(updated_at) AS at, count() AS attempts
FROM outcomes
WHERE month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
    AND heard_at >= toDateTime({since:DateTime64(6, 'UTC')}, 'UTC')
