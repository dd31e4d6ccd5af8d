-- Which alerts opened that meet all filters, newest first, after the cursor? '' stands for "any", and -1 of open.
-- What is said of an alert is what its first record says, which tells of its opening; it is open until one says closed.
SELECT
    alert_id,
    any(about) AS kind,
    any(provider) AS through,
    any(channel) AS on,
    any(country) AS into,
    min(opened_at) AS opened,
    if(countIf(state = 'closed') = 0, NULL, minIf(at, state = 'closed')) AS closed,
    argMin((value, threshold, usual, text, measure), (state = 'closed', _offset)) AS said
FROM alerts
WHERE opened_at >= {since:DateTime64(6, 'UTC')}
    AND opened_at < {until:DateTime64(6, 'UTC')}
    AND ({about:String} = '' OR about = {about:String})
    AND ({provider:String} = '' OR provider = {provider:String})
    AND ({channel:String} = '' OR channel = {channel:String})
    AND ({country:String} = '' OR country = {country:String})
GROUP BY alert_id
HAVING ({open:Int8} = -1 OR isNull(closed) = {open:Int8})
    AND (opened, alert_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY opened DESC, alert_id DESC
LIMIT {limit:UInt32}
