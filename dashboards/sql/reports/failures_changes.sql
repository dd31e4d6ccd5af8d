-- Which failures became more or fewer since the period before, by reason, provider and its code, the largest change of
-- rate first? The period before begins at `since`, and the one in question at `turn`. Rates are of what was handed over
-- to that provider in the same period, NaN where nothing was.
WITH
-- include chosen
SELECT
    why AS reason,
    provider,
    code,
    failed_now AS failed,
    failed_before,
    failed_now / handed_now AS rate,
    failed_before / handed_before AS rate_before,
    rate - rate_before AS change,
    count() OVER () AS all_rows
FROM
(
    SELECT
        provider,
        if(is_failed, ifNull(toString(reason), 'unspecified'), '') AS why,
        if(is_failed, toString(code), '') AS code,
        countIf(is_failed AND opened_at >= {turn:DateTime64(6, 'UTC')}) AS failed_now,
        countIf(is_failed AND opened_at < {turn:DateTime64(6, 'UTC')}) AS failed_before,
        sum(countIf(NOT is_scheduled AND opened_at >= {turn:DateTime64(6, 'UTC')})) OVER (PARTITION BY provider) AS handed_now,
        sum(countIf(NOT is_scheduled AND opened_at < {turn:DateTime64(6, 'UTC')})) OVER (PARTITION BY provider) AS handed_before
    FROM chosen
    GROUP BY provider, why, code
)
WHERE failed_now + failed_before > 0
ORDER BY abs(ifNotFinite(rate, 0) - ifNotFinite(rate_before, 0)) DESC, failed DESC, reason, provider, code
LIMIT {limit:UInt32}
