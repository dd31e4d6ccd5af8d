    -- Not a question of its own: when the bucket of a moment begins in the named zone, as seconds since 1970. What is
    -- known before any row is read stands in `if`: `multiIf` would compute every branch for every row.
    (moment -> toUnixTimestamp(
        if({bucket:String} = 'minute', toStartOfMinute(moment, {zone:String}),
        if({bucket:String} = 'hour', toStartOfHour(moment, {zone:String}),
        if({bucket:String} = 'day', toStartOfDay(moment, {zone:String}),
        if({bucket:String} = 'week', toDateTime(toMonday(moment, {zone:String}), {zone:String}),
        toDateTime(toStartOfMonth(moment, {zone:String}), {zone:String})))))
    )) AS bucket_of
