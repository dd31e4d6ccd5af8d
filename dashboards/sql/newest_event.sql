-- When did we receive the newest event that is stored? Answered from what is known of each part, without reading rows.
SELECT max(received_at) AS at, count() AS events FROM events
