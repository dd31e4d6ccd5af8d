-- What does the tracking worker know of these attempts?
SELECT provider, ref, state, version, month
FROM attempts FINAL
WHERE (provider, ref) IN {keys:Array(Tuple(String, String))}
