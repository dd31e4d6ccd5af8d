-- Between when and when lies what somebody looks for? Asked first, so that the listing itself reads that stretch alone.
-- Older versions of an attempt count too: it is then a little longer.
SELECT count() AS found, min(first_at) AS earliest, max(first_at) AS latest
FROM
(
    SELECT opened_at AS first_at
    FROM attempts
    WHERE opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
        AND (provider, ref) IN
    (
-- include sought
    )
    UNION ALL
    SELECT received_at AS first_at
    FROM requests
    WHERE kind = 'message'
        AND received_at >= {since:DateTime64(6, 'UTC')}
        AND received_at < {until:DateTime64(6, 'UTC')}
        AND
-- include sought_requests
)
