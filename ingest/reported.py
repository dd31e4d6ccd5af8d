"""Reading one reported send: every field checked, every fault named with what to do about it."""

import difflib
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from delivery.channels import Channel
from delivery.events import Payload, Personal, ProviderTime, Send, Source, Zone
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.clocks import read_time
from ingest.phone import Phone, read_phone
from ingest.provider import Provider
from ingest.webhook import Unreadable

STAGES: Final = (Stage.QUEUED, Stage.SENT, Stage.SCHEDULED, Stage.REJECTED)
REQUIRED: Final = ("provider", "ref", "channel", "to")
LONGEST: Final[Mapping[str, int]] = {
    "provider": 40,
    "ref": 200,
    "channel": 20,
    "to": 320,
    "from": 100,
    "sender": 100,
    "text": 20_000,
    "message_id": 36,
    "reference": 200,
    "sent_at": 40,
    "scheduled_for": 40,
    "stage": 20,
    "code": 60,
}
"""Every field that a send may have, and the characters that it may take."""
FREE_TEXT: Final = frozenset({"text"})
NUMBERS_TOO: Final = frozenset({"ref", "code"})
"""Providers answer with numbers here, and callers pass on what they got."""
CLOCK_TOLERANCE: Final = timedelta(hours=24)

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


class InvalidSend(ValueError):
    """`field` is at fault and `remedy` says what to give instead; neither quotes a personal value."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy

    def within(self, index: int) -> "InvalidSend":
        """The same fault in a list's element."""
        return InvalidSend(f"[{index}].{self.field}" if self.field else f"[{index}]", self.remedy)


class ReportedSends:
    """Reads sends of the given providers. The same content is the same event, however often it is reported."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers

    def read(self, raw: bytes, received_at: datetime) -> Send:
        """The event of one JSON object. Raises `InvalidSend`."""
        fields = _fields(raw)
        provider = self._provider(fields)
        channel = _channel(fields, provider)
        recipient = _recipient(fields["to"], channel)
        stage = _stage(fields)
        code = fields.get("code", "")
        outcome = provider.codes.get(code)
        return Send(
            provider=provider.name,
            ref=_ref(fields["ref"], recipient.e164, provider, channel),
            channel=channel,
            received_at=received_at,
            source=Source.REPORTED,
            occurred=_occurred(fields, received_at),
            scheduled_for=_scheduled_for(fields, stage),
            stage=stage,
            reason=_reason(stage, outcome.reason if outcome and outcome.stage is stage else None),
            final=stage is Stage.REJECTED,
            code=code,
            code_text=outcome.text if outcome else "",
            message_id=_message_id(fields),
            reference=fields.get("reference"),
            country=recipient.country,
            payload=Payload(sha256=hashlib.sha256(raw).hexdigest()),
            personal=Personal(
                recipient=recipient.e164,
                sender=_sender(fields),
                text=fields.get("text"),
                raw=raw,
                content_type="application/json",
            ),
        )

    def _provider(self, fields: Mapping[str, str]) -> Provider:
        provider = self._providers.get(fields["provider"])
        if provider is None:
            raise InvalidSend("provider", f"unknown; give one of {', '.join(sorted(self._providers))}")
        return provider


def _fields(raw: bytes) -> dict[str, str]:
    """The fields that have a value: known, strings, of the right length. `null` is the same as not there."""
    try:
        given: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidSend("", "not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise InvalidSend("", "give an object with the fields of a send")
    fields = {}
    for name, value in given.items():
        if name not in LONGEST:
            raise InvalidSend(_shown(name), f"unknown field; {_nearest(name)}")
        if value is not None:
            fields[name] = _checked(name, value)
    for name in REQUIRED:
        if name not in fields:
            raise InvalidSend(name, "missing; every send needs it")
    return fields


def _checked(name: str, value: object) -> str:
    if name in NUMBERS_TOO and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidSend(name, "give a string")
    if name in FREE_TEXT:
        if len(value) > LONGEST[name]:
            raise InvalidSend(name, f"give at most {LONGEST[name]} characters")
        return value
    value = value.strip()
    if not value:
        raise InvalidSend(name, "empty; give a value or leave the field out")
    if len(value) > LONGEST[name]:
        raise InvalidSend(name, f"give at most {LONGEST[name]} characters")
    if not value.isprintable():
        raise InvalidSend(name, "give printable characters only")
    return value


def _shown(name: str) -> str:
    """A name that may be anything, as part of an answer."""
    return "".join(character for character in name[:40] if character.isprintable())


def _nearest(name: str) -> str:
    matches = difflib.get_close_matches(name[:40].lower(), LONGEST, n=1, cutoff=0.5)
    return f"did you mean {matches[0]}?" if matches else f"known are {', '.join(LONGEST)}"


def _channel(fields: Mapping[str, str], provider: Provider) -> Channel:
    offered = ", ".join(sorted(provider.channels))
    try:
        channel = Channel(fields["channel"])
    except ValueError:
        raise InvalidSend("channel", f"unknown; {provider.name} has {offered}") from None
    if channel not in provider.channels:
        raise InvalidSend("channel", f"{provider.name} does not have it; give one of {offered}")
    return channel


def _recipient(to: str, channel: Channel) -> Phone:
    """Who it went to; an e-mail address stands where a number would, and is in no country."""
    if channel is Channel.EMAIL:
        if not _EMAIL.fullmatch(to):
            raise InvalidSend("to", "give an e-mail address, since the channel is email")
        return Phone(to, None)
    phone = read_phone(to) if to.startswith("+") else None
    if phone is None:
        raise InvalidSend("to", "give a possible phone number in E.164, with + and country code: +34600000000")
    return phone


def _ref(reported: str, recipient: str, provider: Provider, channel: Channel) -> str:
    try:
        return provider.attempt_ref(reported, recipient, channel)
    except Unreadable as error:
        raise InvalidSend("ref", error.remedy) from None


def _sender(fields: Mapping[str, str]) -> str | None:
    if "from" in fields and "sender" in fields:
        raise InvalidSend("sender", "the same as from; give one of them")
    return fields.get("from") or fields.get("sender")


def _stage(fields: Mapping[str, str]) -> Stage:
    given = fields.get("stage", Stage.QUEUED)
    if given not in STAGES:
        raise InvalidSend("stage", f"give one of {', '.join(STAGES)}: later stages come from the provider")
    return Stage(given)


def _reason(stage: Stage, known: Reason | None) -> Reason | None:
    return (known or Reason.UNSPECIFIED) if stage is Stage.REJECTED else None


def _message_id(fields: Mapping[str, str]) -> str | None:
    given = fields.get("message_id")
    if given is None:
        return None
    if not _UUID.fullmatch(given.lower()):
        raise InvalidSend("message_id", "give a UUID: 8-4-4-4-12 hexadecimal digits")
    return given.lower()


def _moment(name: str, text: str) -> ProviderTime:
    moment = read_time(text, assumed=None)
    if moment is None or moment.zone is not Zone.STATED:
        raise InvalidSend(name, "give ISO 8601 with a zone: 2026-03-01T12:00:00+01:00, or with Z")
    return moment


def _occurred(fields: Mapping[str, str], received_at: datetime) -> ProviderTime | None:
    text = fields.get("sent_at")
    if text is None:
        return None
    moment = _moment("sent_at", text)
    if moment.at > received_at + CLOCK_TOLERANCE:
        raise InvalidSend("sent_at", "more than a day ahead of our clock; a time to come belongs in scheduled_for")
    return moment


def _scheduled_for(fields: Mapping[str, str], stage: Stage) -> datetime | None:
    text = fields.get("scheduled_for")
    if text is None:
        return None
    if stage is not Stage.SCHEDULED:
        raise InvalidSend("scheduled_for", "only for stage scheduled; give that stage or leave this out")
    return _moment("scheduled_for", text).at
