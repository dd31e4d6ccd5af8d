-- Of which of these attempts has anything been heard? Two columns, where all that was heard of them is thirty-five.
SELECT DISTINCT provider, ref
FROM events
WHERE (provider, ref) IN {keys:Array(Tuple(String, String))} AND (kind != 'reply' OR answers_attempt)
