-- Which requests does somebody look for? As sought.sql, of what was asked for.
        (
            {sought_recipient:String} != '' AND recipient = {sought_recipient:String}
            OR {sought_name:String} != '' AND reference = {sought_name:String}
            OR {sought_text:String} != ''
                AND if(isNull(text), '', hex(SHA256(assumeNotNull(text)))) = {sought_text:String}
            OR {sought_message:String} != '' AND message_id = {sought_message:String}
        )
