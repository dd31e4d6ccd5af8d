-- Where does this retired message id lead?
SELECT message_id
FROM aliases FINAL
WHERE retired = {message_id:String}
