"""Messente's Omnichannel API, from its document: an omnimessage whose legs are tried in their order.

From the document: the three endpoints, Basic, the fields of every channel and which go together, errors 101 to 107 with
their titles, the statuses and the `err` table; that a leg has failed after its `validity` (minutes) or `ttl` (seconds),
and the next is tried then; that only what is scheduled can be cancelled.
From the vendor's public pages: the report that is POSTed as JSON to `dlr_url`, or to the account's address where a
message names none; `X-Messente-Signature`, the hex HMAC-SHA256 of the body under the API password, and of inbound
messages under their own secret; an inbound message's fields.
From its client (messente-api 2.7): the words of `priority`, WhatsApp's text and media, and `true` and `false` for
`autoconvert`, which are taken beside the document's words.
Assumed, the document being silent:
- A field that is not documented is an error (105), and all errors of a request are told at once. RCS, Viber's carousels
  and templates and WhatsApp's stickers are not here, and are errors.
- A leg without `validity` and `ttl` has failed only when its channel says so. A leg that is not tried yet, or never
  will be, is null in the status. A leg that has failed may yet be delivered, and says so.
- A `time_to_send` more than a minute past is an error. What was cancelled is DELETED, and not reported.
- WhatsApp's free words outside of the person's window are taken, and fail at once.
- An account without credit still takes messages; they end with `err` 4.
- `dlr_url` is called as it is, with its query, and with the credentials in it as Basic.

Options in the world file: ``default_sender`` for messages without one; ``most_identical``: so many equal texts to one
recipient are sent, and further ones end with `err` 6 (0: all); ``inbound_number``; ``forbidden = true`` answers 102,
``broken = true`` answers 104. Replies go to the account's address only, as inbound numbers are set up there.
"""

from acuse.simulator.messente.api import create

__all__ = ["create"]
