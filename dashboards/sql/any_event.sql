-- Has anything ever come in?
SELECT count() AS events FROM (SELECT 1 FROM events LIMIT 1)
