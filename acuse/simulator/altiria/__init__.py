"""Altiria: the platform whose API the document describes, and the SMS gateway that its own client speaks.

From the document: the platform's endpoints, Basic, a status by id, templates with parameters, a conversation by `from`
and `to` with WhatsApp's 24 hours, landing pages by their template's id, delivery webhooks.
From public code that uses the platform: `to` as an array, the fields of messages, calls and e-mails, `scheduleDate` in
UTC; 202, or 207 where not all was accepted; `result`; the error codes; the notification's form fields.
From its client (sms-python-client 1.0, `/apirest/ws`) and its tests: `sendSms` and `getCredit`, credentials in the
body, also as `apikey` and `apisecret`; the status codes; details by destination, `(0)`, `(1)` behind it where the text
took several SMS, with `idAck`. From public versions of the gateway's specification: the confirmation
`notification=destination,idAck,status`, its states.
Assumed, documented nowhere that could be read:
- An unknown field is an error of a code of its own (100). A date that is malformed or more than a minute past is 108.
  Characters that GSM 03.38 does not have lose their accents or become `?`, unless `encoding` allows them. A message
  goes in one part unless `parts` says more, at most 15.
- Landing, audio and template fields: `landing`, `audioUrl`, `template` with `parameters` and `language`; in a
  conversation `message`, `mediaUrl`, `mediaType`. Outside the window it answers 400 with WhatsApp's own 131047.
- A notification also has `to`, `from` and `date` (UTC, without a zone); a status by id says the same. Its events:
  sent, delivered, read, undelivered, failed, rejected, expired; of a person's message: inbound, with `text`.
- `GET /whatsapp/conversations` lists conversations from the newest, 20 a page.
- The gateway confirms by GET, or as a form where the world's ``callback_format`` is form, and only ends. It reads 20
  characters of an `idAck`. A request that it cannot read is 400 with `error`. Without credit it answers 001.
- 429 is the world's (``most_per_second``, ``busy``).

Options in the world file: ``default_sender`` for SMS without one ("" makes them an error), ``whatsapp_number``;
``templates`` and ``landings``: the ids that exist, with commas in between (without: all); ``open_window = true`` holds
every window open; ``broken = true`` answers 500 with error 101, and the gateway 001.
"""

from acuse.simulator.altiria.api import create

__all__ = ["create"]
