-- Which conversations are open at the moment? Not a question of its own: reports include it.
-- Those of people who wrote less than `open_seconds` ago on a channel on which conversations are held, one row for each
-- person, provider and channel, whatever the period is; of what they wrote, that which meets all filters counts. When
-- they wrote is what the provider says where that can be relied on, but not after it came in.
conversing AS
(
    SELECT
        provider,
        channel,
        max(multiIf(
            isNull(occurred_at)
                OR zone = 'absent'
                OR precision = 'minute'
                OR occurred_at > received_at + toIntervalSecond({furthest_ahead_seconds:UInt32}), received_at,
            least(assumeNotNull(occurred_at), received_at)
        )) + toIntervalSecond({open_seconds:UInt32}) AS closes_at
    FROM replies
    WHERE has({held_on:Array(String)}, channel)
        AND sender != ''
        AND received_at > {as_of:DateTime64(6, 'UTC')} - toIntervalSecond({open_seconds:UInt32})
        AND received_at <= {as_of:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({number_type:String} = '' OR number_type = {number_type:String})
        AND ({carrier:String} = '' OR carrier = {carrier:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({sender:String} = '' OR recipient = {sender:String})
    GROUP BY provider, channel, sender
    HAVING closes_at > {as_of:DateTime64(6, 'UTC')}
)
