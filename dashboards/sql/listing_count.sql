-- How many attempts meet all filters?
SELECT count() AS attempts
FROM outcomes FINAL
WHERE
-- include heard
        AND
-- include meets
