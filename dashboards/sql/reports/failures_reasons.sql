-- Why do messages fail or are held up: by reason, provider, channel and the provider's own code, most first?
-- `words` are what the provider last said with that code. What is held up is under way and has a reason.
WITH
-- include chosen,
    said AS
    (
        SELECT provider, code, argMaxMerge(code_words.words) AS words
        FROM code_words
        GROUP BY provider, code
    )
SELECT
    why AS reason,
    multiIf(
        has({permanent:Array(String)}, why), 'permanent',
        has({temporary:Array(String)}, why), 'temporary',
        'unknown'
    ) AS lasting,
    found.provider AS provider,
    channel,
    found.code AS code,
    words,
    failed,
    held_up,
    failed / sum(failed) OVER () AS share,
    latest_at,
    count() OVER () AS all_rows
FROM
(
    SELECT
        ifNull(toString(reason), 'unspecified') AS why,
        provider,
        channel,
        code,
        countIf(is_failed) AS failed,
        countIf(is_in_flight) AS held_up,
        max(updated_at) AS latest_at
    FROM chosen
    WHERE is_failed OR (is_in_flight AND isNotNull(reason))
    GROUP BY why, provider, channel, code
) AS found
LEFT JOIN said ON said.provider = found.provider AND said.code = found.code
ORDER BY failed DESC, held_up DESC, reason, provider, channel, code
LIMIT {limit:UInt32}
