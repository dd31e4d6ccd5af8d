"""What may be asked of the platform, read from a request's body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from acuse.simulator.altiria.errors import (
    BAD_DATE,
    BAD_ENCODING,
    BAD_URL,
    LONG_SENDER,
    NO_RECIPIENTS,
    NO_SENDER,
    NO_TEXT,
    TOO_LONG,
    TOO_MANY_PARTS,
    UNKNOWN_FIELD,
    Failed,
)
from acuse.simulator.altiria.texts import as_gsm, parts_of
from delivery.channels import Channel

Options = Mapping[str, str | int | float | bool]

CAMPAIGN: Final = frozenset({"to", "campaignName", "scheduleDate", "notificationUrl"})
SMS: Final = CAMPAIGN | {"from", "message", "encoding", "parts", "flash", "certified"}
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "sms": SMS,
    "landingsms": SMS | {"landing"},
    "voice": CAMPAIGN | {"from", "message", "gender", "language", "retries"},
    "voiceAudio": CAMPAIGN | {"from", "audioUrl", "retries"},
    "mailing": CAMPAIGN | {"fromName", "fromEmail", "replyTo", "subject", "body", "certified"},
    "whatsapp": CAMPAIGN | {"from", "template", "language", "parameters"},
    "conversation": frozenset({"message", "mediaUrl", "mediaType"}),
}
CHANNELS: Final[Mapping[str, Channel]] = {
    "sms": Channel.SMS,
    "landingsms": Channel.SMS,
    "voice": Channel.VOICE,
    "voiceAudio": Channel.VOICE,
    "mailing": Channel.EMAIL,
    "whatsapp": Channel.WHATSAPP,
}
MOST_PARTS: Final = 15
MOST_RETRIES: Final = 10
LONGEST_NAME: Final = 11
LONGEST_NUMBER: Final = 15
PAST: Final = timedelta(minutes=1)
DEFAULT_SENDER: Final = "ALTIRIA"
DEFAULT_NUMBER: Final = "34911234567"
_DATE: Final = re.compile(r"\d{14}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:_[A-Z]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Campaign:
    """``kind`` is the endpoint's name. ``content`` is what the person gets, or names it; ``parts`` is what it costs."""

    kind: str
    to: list[str]
    sender: str
    content: str
    name: str
    send_at: datetime | None
    notification_url: str
    parts: int = 1


def read_campaign(kind: str, body: bytes, options: Options, now: datetime) -> Campaign:
    """Raises ``Failed``."""
    fields = read_fields(kind, body)
    recipients = fields.get("to")
    if not isinstance(recipients, list) or not recipients:
        raise Failed(NO_RECIPIENTS)
    sender, content, parts = _content(kind, fields, options)
    return Campaign(
        kind=kind,
        to=list(dict.fromkeys(str(each) for each in recipients)),
        sender=sender,
        content=content,
        name=_text(fields, "campaignName"),
        send_at=_send_at(fields, now),
        notification_url=_url(fields, "notificationUrl", BAD_URL),
        parts=parts,
    )


def read_fields(kind: str, body: bytes) -> Mapping[str, Any]:
    """Raises ``Failed``."""
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Failed(UNKNOWN_FIELD, "The body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise Failed(UNKNOWN_FIELD, "The body is not an object")
    unknown = sorted(set(fields) - FIELDS[kind])
    if unknown:
        raise Failed(UNKNOWN_FIELD, f"Unknown field {unknown[0]}")
    return {name: value for name, value in fields.items() if value is not None}


def read_reply(body: bytes) -> str:
    """What is said within a conversation. Raises ``Failed``."""
    fields = read_fields("conversation", body)
    url = _url(fields, "mediaUrl", UNKNOWN_FIELD)
    if url and _text(fields, "mediaType") not in ("", "image", "video", "audio", "document"):
        raise Failed(UNKNOWN_FIELD, "mediaType is not known")
    said = " ".join(filter(None, (_text(fields, "message"), url)))
    if not said:
        raise Failed(NO_TEXT)
    return said


def _content(kind: str, fields: Mapping[str, Any], options: Options) -> tuple[str, str, int]:
    """The sender, the content and its parts."""
    if kind in ("sms", "landingsms"):
        return _sms(kind, fields, options)
    if kind == "mailing":
        return _mail(fields)
    if kind == "whatsapp":
        return _template(fields, options)
    return _call(kind, fields)


def _sms(kind: str, fields: Mapping[str, Any], options: Options) -> tuple[str, str, int]:
    sender = _text(fields, "from") or str(options.get("default_sender", DEFAULT_SENDER))
    if not sender:
        raise Failed(NO_SENDER)
    if len(sender) > (LONGEST_NUMBER if sender.isdecimal() else LONGEST_NAME):
        raise Failed(LONG_SENDER)
    encoding = fields.get("encoding", "gsm")
    if encoding not in ("gsm", "utf-16"):
        raise Failed(BAD_ENCODING)
    allowed = fields.get("parts", 1)
    if isinstance(allowed, bool) or not isinstance(allowed, int) or not 1 <= allowed <= MOST_PARTS:
        raise Failed(TOO_MANY_PARTS)
    for name in ("flash", "certified"):
        if not isinstance(fields.get(name, False), bool):
            raise Failed(UNKNOWN_FIELD, f"{name} is true or false")
    text = _required(fields, "message") if encoding == "utf-16" else as_gsm(_required(fields, "message"))
    parts = parts_of(text, unicode=encoding == "utf-16")
    if parts > allowed:
        raise Failed(TOO_LONG)
    if kind == "landingsms":
        _existing(_required(fields, "landing"), "landings", options)
    return sender, text, parts


def _call(kind: str, fields: Mapping[str, Any]) -> tuple[str, str, int]:
    retries = fields.get("retries", 0)
    if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= MOST_RETRIES:
        raise Failed(UNKNOWN_FIELD, f"retries is 0 to {MOST_RETRIES}")
    if kind == "voiceAudio":
        return _text(fields, "from"), _url(fields, "audioUrl", NO_TEXT) or _required(fields, "audioUrl"), 1
    if fields.get("gender", "F") not in ("F", "M"):
        raise Failed(UNKNOWN_FIELD, "gender is F or M")
    if not _LANGUAGE.fullmatch(_text(fields, "language") or "es_ES"):
        raise Failed(UNKNOWN_FIELD, "language is like es_ES")
    return _text(fields, "from"), _required(fields, "message"), 1


def _mail(fields: Mapping[str, Any]) -> tuple[str, str, int]:
    sender = _text(fields, "fromEmail")
    if "@" not in sender:
        raise Failed(NO_SENDER)
    return sender, f"{_required(fields, 'subject')}: {_required(fields, 'body')}", 1


def _template(fields: Mapping[str, Any], options: Options) -> tuple[str, str, int]:
    template = _existing(_required(fields, "template"), "templates", options)
    parameters = fields.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Failed(UNKNOWN_FIELD, "parameters is an object")
    sender = _text(fields, "from") or str(options.get("whatsapp_number", DEFAULT_NUMBER))
    filled = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return sender.removeprefix("+"), f"template {template} ({filled})", 1


def _existing(name: str, option: str, options: Options) -> str:
    known = [each.strip() for each in str(options.get(option, "")).split(",") if each.strip()]
    if known and name not in known:
        raise Failed(UNKNOWN_FIELD, f"There is no such id among the {option}")
    return name


def _send_at(fields: Mapping[str, Any], now: datetime) -> datetime | None:
    written = str(fields.get("scheduleDate", ""))
    if not written:
        return None
    try:
        if not _DATE.fullmatch(written):
            raise Failed(BAD_DATE)
        at = datetime.strptime(written, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Failed(BAD_DATE) from None
    if at < now - PAST:
        raise Failed(BAD_DATE)
    return at if at > now else None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise Failed(UNKNOWN_FIELD, f"{name} is a text")
    return value


def _required(fields: Mapping[str, Any], name: str) -> str:
    return _text(fields, name) or _missing(name)


def _missing(name: str) -> str:
    raise Failed(NO_TEXT, "" if name == "message" else f"{name} is missing")


def _url(fields: Mapping[str, Any], name: str, code: int) -> str:
    url = _text(fields, name)
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise Failed(code, "" if code == BAD_URL else f"{name} is not a URL")
    return url
