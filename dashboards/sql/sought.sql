-- Which attempts does somebody look for, by what they wrote into the search? No question of its own: listings include it.
-- Each way in which that can be meant is a parameter, '' where it cannot: the recipient's number, the provider's id (of
-- what covers many recipients, the common part), the caller's reference, the SHA-256 of the text, the message's id.
        SELECT provider, ref
        FROM events
        WHERE {sought_recipient:String} != '' AND recipient = {sought_recipient:String} AND kind != 'reply'
        UNION ALL
        SELECT provider, ref
        FROM events
        WHERE {sought_text:String} != ''
            AND if(isNull(text), '', hex(SHA256(assumeNotNull(text)))) = {sought_text:String}
            AND kind != 'reply'
        UNION ALL
        SELECT provider, ref
        FROM events
        WHERE {sought_name:String} != '' AND handle = {sought_name:String}
        UNION ALL
        SELECT provider, ref
        FROM attempts
        WHERE {sought_name:String} != ''
            AND (ref = {sought_name:String} OR startsWith(ref, concat({sought_name:String}, ':h')))
        UNION ALL
        SELECT provider, ref
        FROM attempts
        WHERE {sought_name:String} != '' AND reference = {sought_name:String}
        UNION ALL
        SELECT provider, ref
        FROM attempts
        WHERE {sought_message:String} != ''
            AND (message_id = {sought_message:String} OR derived_message_id = {sought_message:String})
