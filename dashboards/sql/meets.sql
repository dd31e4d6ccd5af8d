-- Which attempts meet all filters? No question of its own: conditions that questions about attempts include.
-- '' stands for "any", as -1 does of numbers and of yes or no; the times are always given. What an attempt came
-- to is said as reports say it, so that there are as many attempts here as are counted there.
-- An attempt's month is that of an event of it: see reports/chosen.sql.
        month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
        AND month <= formatDateTime({until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY, '%Y-%m')
        AND opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
        AND ({provider:String} = '' OR provider = {provider:String})
        AND ({channel:String} = '' OR channel = {channel:String})
        AND ({stage:String} = '' OR stage = {stage:String})
        AND ({outcome:String} = '' OR {outcome:String} = multiIf(
            stage IN {successes:Array(String)}, 'delivered',
            stage IN {failures:Array(String)}, 'failed',
            final, 'unknown',
            stage = 'scheduled', 'scheduled',
            'in_flight'
        ))
        AND ({reason:String} = ''
            OR reason = {reason:String}
            OR {reason:String} = 'unspecified' AND isNull(reason) AND stage IN {failures:Array(String)})
        AND ({code:String} = '' OR code = {code:String})
        AND ({final:Int8} = -1 OR final = {final:Int8})
        AND ({replied:Int8} = -1 OR isNotNull(replied_at) = {replied:Int8})
        AND ({contradicted:Int8} = -1 OR (contradictions > 0) = {contradicted:Int8})
        AND ({revised:Int8} = -1 OR revised = {revised:Int8})
        AND ({step:Int64} = -1 OR step = {step:Int64})
        AND ({seconds_from:Float64} = -1 OR delivery_seconds >= {seconds_from:Float64})
        AND ({seconds_to:Float64} = -1 OR delivery_seconds < {seconds_to:Float64})
        AND ({clock:String} = '' OR clock = {clock:String})
        AND ({country:String} = '' OR country = {country:String})
        AND ({number_type:String} = '' OR number_type = {number_type:String})
        AND ({carrier:String} = '' OR carrier = {carrier:String})
        AND ({reference:String} = '' OR reference = {reference:String})
        AND ({sender:String} = '' OR sender = {sender:String})
        AND ({recipient:String} = '' OR (provider, ref) IN
        (
            SELECT provider, ref
            FROM events
            WHERE {recipient:String} != ''
                AND recipient = {recipient:String}
                AND kind != 'reply'
                AND received_at >= {since:DateTime64(6, 'UTC')}
        ))
        AND (NOT {searched:Bool} OR (provider, ref) IN
        (
-- include sought
        ))
