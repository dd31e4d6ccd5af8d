-- Which replies does a report speak of? Not a question of its own: reports include it.
-- Those that came in in the period and meet all filters; '' stands for "any". A reply that came in twice is one,
-- received when it first was. `sender` asks for replies to a number of ours; `person` is who wrote. `slice` is what the
-- report is grouped by, `at` the begin of its bucket in the named zone, as seconds since 1970. An opt-out is a reply of
-- nothing but one of the words that say so.
replied AS
(
    SELECT
        event_id,
        first_at,
        said.provider AS provider,
        said.channel AS channel,
        said.ref AS ref,
        said.country AS country,
        said.sender AS sender,
        said.person AS person,
        said.answers_attempt AS is_answer,
        has({opt_out_words:Array(String)}, said.words) AS is_opt_out,
        toUnixTimestamp(multiIf(
            {bucket:String} = 'minute', toStartOfMinute(first_at, {zone:String}),
            {bucket:String} = 'hour', toStartOfHour(first_at, {zone:String}),
            {bucket:String} = 'day', toStartOfDay(first_at, {zone:String}),
            {bucket:String} = 'week', toDateTime(toMonday(first_at, {zone:String}), {zone:String}),
            toDateTime(toStartOfMonth(first_at, {zone:String}), {zone:String})
        )) AS at,
        multiIf(
            {group:String} = 'provider', said.provider,
            {group:String} = 'channel', said.channel,
            {group:String} = 'country', said.country,
            {group:String} = 'number_type', said.number_type,
            {group:String} = 'carrier', said.carrier,
            {group:String} = 'reference', said.reference,
            {group:String} = 'sender', said.sender,
            ''
        ) AS slice
    FROM
    (
        SELECT
            event_id,
            min(received_at) AS first_at,
            argMin(
                CAST(
                    (
                        provider,
                        channel,
                        ref,
                        ifNull(country, ''),
                        ifNull(number_type, ''),
                        ifNull(carrier, ''),
                        ifNull(reference, ''),
                        ifNull(recipient, ''),
                        ifNull(sender, ''),
                        words,
                        answers_attempt
                    ),
                    'Tuple(provider String, channel String, ref String, country String, number_type String,
                        carrier String, reference String, sender String, person String, words String,
                        answers_attempt Bool)'
                ),
                (received_at, _partition, _offset)
            ) AS said
        FROM replies
        WHERE received_at < {until:DateTime64(6, 'UTC')}
            AND event_id IN
            (
                SELECT event_id
                FROM replies
                WHERE received_at >= {since:DateTime64(6, 'UTC')} AND received_at < {until:DateTime64(6, 'UTC')}
            )
        GROUP BY event_id
        HAVING first_at >= {since:DateTime64(6, 'UTC')}
    )
    WHERE ({provider:String} = '' OR said.provider = {provider:String})
        AND ({channel:String} = '' OR said.channel = {channel:String})
        AND ({country:String} = '' OR said.country = {country:String})
        AND ({number_type:String} = '' OR said.number_type = {number_type:String})
        AND ({carrier:String} = '' OR said.carrier = {carrier:String})
        AND ({reference:String} = '' OR said.reference = {reference:String})
        AND ({sender:String} = '' OR said.sender = {sender:String})
)
