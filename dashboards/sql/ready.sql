-- Are the tables there?
SELECT
    (SELECT count() FROM (SELECT 1 FROM attempts LIMIT 1)) AS attempts,
    (SELECT count() FROM (SELECT 1 FROM events LIMIT 1)) AS events,
    (SELECT count() FROM (SELECT 1 FROM aliases LIMIT 1)) AS aliases,
    (SELECT count() FROM (SELECT 1 FROM requests LIMIT 1)) AS requests,
    (SELECT count() FROM (SELECT 1 FROM decisions LIMIT 1)) AS decisions,
    (SELECT count() FROM (SELECT 1 FROM calls LIMIT 1)) AS calls,
    (SELECT count() FROM (SELECT 1 FROM alerts LIMIT 1)) AS alerts,
    (SELECT count() FROM (SELECT 1 FROM notices LIMIT 1)) AS notices
