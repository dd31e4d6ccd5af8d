"""AI Number, formerly Sendbee (WhatsApp Business): the endpoints of its document, and those that its client has beside.

From the document: the paths, `authToken` and `X-API-Key`, templates with variables, tags and fields of contacts, teams,
folders; that free words go only within 24 hours of the person's last message.
From its client (sendbee-api 1.8): methods and parameters; `X-Auth-Token`, base64 of `timestamp.hex`, hex being the
HMAC-SHA256 of the timestamp under the secret; answers with `data`, `meta` and `error`; at most 100 elements a page;
`Retry-After` beside 429; what tags, notes and fields of a contact do when it is subscribed or updated; that sending
turns the chatbot off; webhook events by name, one event more with each subscription, `X-Authorization` under the
account's secret and `X-Auth-Token` under the webhook's.
Assumed, documented nowhere that could be read:
- `authToken` and `X-Auth-Token` are one header under two names; a token is good for 15 minutes (the client's constant),
  before and after. A parameter that is not documented is an error.
- What is wrong with a request is 400, also an id that nobody has (the client takes 404 for a missing endpoint); a
  missing credential is 401, missing credit 402. The words of `detail` and `type`.
- A webhook is `{"event", "data"}`; `data` is the message as the list of a conversation has it, by `message_id`, with
  `conversation_id` and `contact`. `status` is queued, sent, delivered, read or failed; `updated_at` is when it became
  so, `sent_at` when the message was sent, both Unix times; `error_code` is WhatsApp's.
- Conversations and messages are listed from the newest.
- The account's own address, as if set up in the dashboard, is told `message.received` and `message.sent_status`.
  Events of contacts, conversations and templates can be subscribed, and are never posted.

Options in the world file: ``open_window = true`` holds every window open, ``any_template = true`` approves every
template. Templates otherwise: ``templates.TEMPLATES``.
"""

from acuse.simulator.ainumber.api import create

__all__ = ["create"]
