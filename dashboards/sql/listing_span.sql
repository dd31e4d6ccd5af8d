-- Between when and when lies what somebody looks for? Asked first, so that the listing itself reads that stretch alone.
-- Older versions of an attempt count too: it is then a little longer.
SELECT count() AS found, min(first_at) AS earliest, max(first_at) AS latest
FROM
(
    SELECT opened_at AS first_at
    FROM attempts
    WHERE (provider, ref) IN
    (
-- include sought
    )
    UNION ALL
    SELECT received_at AS first_at
    FROM requests
    WHERE kind = 'message' AND
-- include sought_requests
)
