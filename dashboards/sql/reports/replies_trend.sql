-- How many replies came in over time, from how many people, and how many of them want no more of it?
-- A reply that came in twice is one, received when it first was. `sender` asks for replies to a number of ours. An
-- opt-out is a reply of nothing but one of the words that say so.
SELECT
    toUnixTimestamp(multiIf(
        {bucket:String} = 'minute', toStartOfMinute(first_at, {zone:String}),
        {bucket:String} = 'hour', toStartOfHour(first_at, {zone:String}),
        {bucket:String} = 'day', toStartOfDay(first_at, {zone:String}),
        {bucket:String} = 'week', toDateTime(toMonday(first_at, {zone:String}), {zone:String}),
        toDateTime(toStartOfMonth(first_at, {zone:String}), {zone:String})
    )) AS at,
    multiIf(
        {group:String} = 'provider', said.1,
        {group:String} = 'channel', said.2,
        {group:String} = 'country', said.3,
        {group:String} = 'reference', said.4,
        {group:String} = 'sender', said.5,
        ''
    ) AS slice,
    count() AS replies,
    countIf(said.8) AS answers,
    uniqExactIf(said.6, said.6 != '') AS people,
    countIf(has({opt_out_words:Array(String)}, said.7)) AS opt_outs
FROM
(
    SELECT
        event_id,
        min(received_at) AS first_at,
        argMin((
            toString(provider),
            toString(channel),
            ifNull(toString(country), ''),
            ifNull(reference, ''),
            ifNull(recipient, ''),
            ifNull(sender, ''),
            upperUTF8(trim(BOTH ' \t\r\n.!' FROM ifNull(text, ''))),
            answers_attempt
        ), (received_at, _partition, _offset)) AS said
    FROM events
    WHERE kind = 'reply'
        AND event_id IN
        (
            SELECT event_id
            FROM events
            WHERE kind = 'reply'
                AND received_at >= {since:DateTime64(6, 'UTC')}
                AND received_at < {until:DateTime64(6, 'UTC')}
        )
    GROUP BY event_id
    HAVING first_at >= {since:DateTime64(6, 'UTC')} AND first_at < {until:DateTime64(6, 'UTC')}
)
WHERE ({provider:String} = '' OR said.1 = {provider:String})
    AND ({channel:String} = '' OR said.2 = {channel:String})
    AND ({country:String} = '' OR said.3 = {country:String})
    AND ({reference:String} = '' OR said.4 = {reference:String})
    AND ({sender:String} = '' OR said.5 = {sender:String})
GROUP BY at, slice
ORDER BY at, replies DESC, slice
LIMIT {most:UInt32}
