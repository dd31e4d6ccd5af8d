-- How many attempts meet all filters?
SELECT count() AS attempts
FROM attempts FINAL
WHERE
-- include meets
