-- Which requests meet all filters? As meets.sql, of what was asked for.
        NOT {attempts_only:Bool}
        AND kind = 'message'
        AND received_at >= {since:DateTime64(6, 'UTC')}
        AND received_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({sender:String} = '' OR sender = {sender:String})
        AND ({recipient:String} = '' OR recipient = {recipient:String})
        AND (NOT {searched:Bool} OR
-- include sought_requests
        )
