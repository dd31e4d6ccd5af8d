"""The requests of Altiria's API: one function an endpoint, one type a body. No credentials, no I/O.

From the document: the paths and methods, HTTP Basic, a template by its id with parameters, a conversation by `from` and
`to`, a landing page by its template's id, 429.
From public code that uses the platform (the same paths at another operator's address, where the API is documented with
examples): `to` as an array of numbers without `+`, `from`, `message`, `encoding` (`gsm`, `utf-16`), `parts`, `flash`,
`certified`, `campaignName`, `scheduleDate` (UTC, `20260301093000`); of a call `gender` (`F`, `M`), `language`
(`es_ES`), `retries`; of an e-mail `fromName`, `fromEmail`, `replyTo`, `subject`, `body`.
Assumed, documented nowhere that could be read: `audioUrl` of a recorded call; `landing` for the landing page's
template; `template`, `language` and `parameters` (an object) of a WhatsApp template; `message`, `mediaUrl` and
`mediaType` within a conversation; that calls and WhatsApp take `scheduleDate` and `campaignName` too;
`GET /whatsapp/conversations` with `page` for the conversation listing that the document names without its path.
"""

from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from ingest.outbound import JSON, HttpCall

PUBLIC_BASE_URL: Final = "https://www.altiria.net/api/rest"

Gender = Literal["F", "M"]
SmsEncoding = Literal["gsm", "utf-16"]


class Campaign(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What all sendings have. `to` are numbers without `+`, or addresses; `schedule_date` is UTC, `YYYYMMDDhhmmss`."""

    to: list[str]
    campaign_name: str = ""
    schedule_date: str = ""


class Sms(Campaign, kw_only=True, omit_defaults=True, rename="camel"):
    message: str
    sender: str = field(default="", name="from")
    encoding: SmsEncoding | None = None
    parts: int = 0
    flash: bool = False
    certified: bool = False


class LandingSms(Sms, kw_only=True, omit_defaults=True, rename="camel"):
    landing: str


class Call(Campaign, kw_only=True, omit_defaults=True, rename="camel"):
    message: str
    sender: str = field(default="", name="from")
    language: str = ""
    gender: Gender | None = None
    retries: int | None = None


class AudioCall(Campaign, kw_only=True, omit_defaults=True, rename="camel"):
    audio_url: str
    sender: str = field(default="", name="from")
    retries: int | None = None


class Mail(Campaign, kw_only=True, omit_defaults=True, rename="camel"):
    from_email: str
    subject: str
    body: str
    from_name: str = ""
    reply_to: str = ""
    certified: bool = False


class WhatsappTemplate(Campaign, kw_only=True, omit_defaults=True, rename="camel"):
    template: str
    sender: str = field(default="", name="from")
    language: str = ""
    parameters: dict[str, str] = {}


class ConversationMessage(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    message: str = ""
    media_url: str = ""
    media_type: str = ""


def send_sms(sms: Sms) -> HttpCall:
    return _post("/sms", sms)


def send_landing_sms(sms: LandingSms) -> HttpCall:
    return _post("/landingsms", sms)


def get_sms(message_id: str) -> HttpCall:
    return HttpCall("GET", f"/sms/{quote(message_id, safe='')}")


def send_mail(mail: Mail) -> HttpCall:
    return _post("/mailing", mail)


def call_with_text(call: Call) -> HttpCall:
    return _post("/voice", call)


def call_with_audio(call: AudioCall) -> HttpCall:
    return _post("/voiceAudio", call)


def send_whatsapp_template(template: WhatsappTemplate) -> HttpCall:
    return _post("/whatsapp", template)


def send_in_conversation(ours: str, theirs: str, message: ConversationMessage) -> HttpCall:
    """`ours` and `theirs` are E.164, the sender's and the person's."""
    return _post(_conversation(ours, theirs), message)


def list_conversation(ours: str, theirs: str) -> HttpCall:
    return HttpCall("GET", _conversation(ours, theirs))


def list_conversations(page: int) -> HttpCall:
    """`page` counts from 1."""
    return HttpCall("GET", "/whatsapp/conversations", query=(("page", str(page)),))


def number(e164: str) -> str:
    """A number as the API writes it."""
    return e164.removeprefix("+")


def schedule_date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _conversation(ours: str, theirs: str) -> str:
    return f"/whatsapp/conversations/{quote(number(ours), safe='')}/{quote(number(theirs), safe='')}/messages"


def _post(path: str, body: Struct) -> HttpCall:
    return HttpCall("POST", path, msgspec.json.encode(body), JSON)
