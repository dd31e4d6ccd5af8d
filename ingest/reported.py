"""Reading one reported send: every field checked, every fault named with what to do about it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from delivery.channels import Channel
from delivery.events import Payload, Personal, ProviderTime, Send, Source
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.fields import channel_of, message_id_of, one_line, recipient, stated_time, unknown_field
from ingest.invalid import InvalidField
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


class ReportedSends:
    """Reads sends of the given providers. The same content is the same event, however often it is reported."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers

    def read(self, raw: bytes, received_at: datetime) -> Send:
        """The event of one JSON object. Raises `InvalidField`."""
        fields = _fields(raw)
        provider = self._provider(fields)
        channel = channel_of(fields["channel"], provider)
        phone = recipient(fields["to"], channel)
        stage = _stage(fields)
        code = fields.get("code", "")
        outcome = provider.codes.get(code)
        return Send(
            provider=provider.name,
            ref=_ref(fields["ref"], phone.e164, provider, channel),
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
            country=phone.country,
            payload=Payload(sha256=hashlib.sha256(raw).hexdigest()),
            personal=Personal(
                recipient=phone.e164,
                sender=_sender(fields),
                text=fields.get("text"),
                raw=raw,
                content_type="application/json",
            ),
        )

    def _provider(self, fields: Mapping[str, str]) -> Provider:
        provider = self._providers.get(fields["provider"])
        if provider is None:
            raise InvalidField("provider", f"unknown; give one of {', '.join(sorted(self._providers))}")
        return provider


def _fields(raw: bytes) -> dict[str, str]:
    """The fields that have a value: known, strings, of the right length. `null` is the same as not there."""
    try:
        given: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidField("", "not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise InvalidField("", "give an object with the fields of a send")
    fields = {}
    for name, value in given.items():
        if name not in LONGEST:
            raise unknown_field("", name, LONGEST)
        if value is not None:
            fields[name] = _checked(name, value)
    for name in REQUIRED:
        if name not in fields:
            raise InvalidField(name, "missing; every send needs it")
    return fields


def _checked(name: str, value: object) -> str:
    if name in NUMBERS_TOO and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidField(name, "give a string")
    if name in FREE_TEXT:
        if len(value) > LONGEST[name]:
            raise InvalidField(name, f"give at most {LONGEST[name]} characters")
        return value
    return one_line(name, value, LONGEST[name])


def _ref(reported: str, recipient: str, provider: Provider, channel: Channel) -> str:
    try:
        return provider.attempt_ref(reported, recipient, channel)
    except Unreadable as error:
        raise InvalidField("ref", error.remedy) from None


def _sender(fields: Mapping[str, str]) -> str | None:
    if "from" in fields and "sender" in fields:
        raise InvalidField("sender", "the same as from; give one of them")
    return fields.get("from") or fields.get("sender")


def _stage(fields: Mapping[str, str]) -> Stage:
    given = fields.get("stage", Stage.QUEUED)
    if given not in STAGES:
        raise InvalidField("stage", f"give one of {', '.join(STAGES)}: later stages come from the provider")
    return Stage(given)


def _reason(stage: Stage, known: Reason | None) -> Reason | None:
    return (known or Reason.UNSPECIFIED) if stage is Stage.REJECTED else None


def _message_id(fields: Mapping[str, str]) -> str | None:
    given = fields.get("message_id")
    return None if given is None else message_id_of(given)


def _occurred(fields: Mapping[str, str], received_at: datetime) -> ProviderTime | None:
    text = fields.get("sent_at")
    if text is None:
        return None
    moment = stated_time("sent_at", text)
    if moment.at > received_at + CLOCK_TOLERANCE:
        raise InvalidField("sent_at", "more than a day ahead of our clock; a time to come belongs in scheduled_for")
    return moment


def _scheduled_for(fields: Mapping[str, str], stage: Stage) -> datetime | None:
    text = fields.get("scheduled_for")
    if text is None:
        return None
    if stage is not Stage.SCHEDULED:
        raise InvalidField("scheduled_for", "only for stage scheduled; give that stage or leave this out")
    return stated_time("scheduled_for", text).at
