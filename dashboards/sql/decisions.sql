-- What was decided that meets all filters, newest first, after the cursor? '' stands for "any", and -1 of step; the times
-- are always given. A record that was put in twice is one; of several with one id and moment the first is given, and one
-- that was repeated at another moment is told apart by decision_firsts.sql.
SELECT
    message_id, decision_id, kind, decided_at, why, provider, channel, step, tries, on_doubt, expires_at, waits, choice,
    cost, until, outcome, extra_cost, added_seconds, grounds, round, ref, finding, resend, _partition, _offset
FROM decisions
WHERE decided_at >= {since:DateTime64(6, 'UTC')}
    AND decided_at < {until:DateTime64(6, 'UTC')}
    AND ({message_id:String} = '' OR message_id = {message_id:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND ({why:String} = '' OR why = {why:String})
    AND ({plan:String} = '' OR plan = {plan:String})
    AND ({provider:String} = '' OR provider = {provider:String})
    AND ({channel:String} = '' OR channel = {channel:String})
    AND ({reason:String} = '' OR reason = {reason:String})
    AND ({outcome:String} = '' OR outcome = {outcome:String})
    AND ({step:Int64} = -1 OR step = {step:Int64})
    AND (decided_at, decision_id) < ({before:DateTime64(6, 'UTC')}, {before_id:String})
ORDER BY decided_at DESC, decision_id DESC, _partition, _offset
LIMIT 1 BY decided_at, decision_id
LIMIT {limit:UInt32}
