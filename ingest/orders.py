"""Reading one message that is to be sent: every field checked, every fault named with what to do about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from delivery.channels import Channel
from delivery.orders import Order, OrderPersonal, Template, Voice
from delivery.plans import OnDoubt
from delivery.segmentation import MOST_PARTS, Segmentation, segmentation
from ingest.fields import one_line, recipient, stated_time
from ingest.invalid import InvalidField
from ingest.message_body import (
    LONGEST_NAME,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    LONGEST_URL,
    MOST_PARAMETERS,
    MessageBody,
)
from ingest.provider import Provider, SendsMessages
from ingest.reachability import why_unreachable
from ingest.shapes import shaped

FARTHEST: Final = timedelta(days=366)
PLANS_COME_LATER: Final = "plans come later; send one message on one channel, and another when it fails"


class Asked(NamedTuple):
    """`segments` say how the text is sent where it is an SMS of plain text."""

    order: Order
    on_doubt: OnDoubt
    segments: Segmentation | None


class Orders:
    """Reads messages for the given providers; whether an account is configured is not asked here."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._senders = {name: found for name, found in providers.items() if isinstance(found, SendsMessages)}

    @property
    def senders(self) -> Mapping[str, SendsMessages]:
        """The providers that can send, by name."""
        return self._senders

    def read(self, raw: bytes, now: datetime) -> Asked:
        """What one JSON object asks for. Raises `InvalidField`, of which `Unsendable` is one."""
        body = shaped(_fields(raw), MessageBody)
        sender = self._sender(body)
        phone = recipient(body.to.strip(), body.channel)
        if kind := why_unreachable(phone.e164, body.channel):
            raise InvalidField("to", f"a {kind} number, which {body.channel} does not reach; give another")
        _check_content(body)
        order = Order(
            provider=body.provider,
            channel=body.channel,
            personal=OrderPersonal(
                to=phone.e164,
                sender=_line("sender", body.sender, LONGEST_NAME),
                text=body.text,
                template=body.template,
                media=body.media,
                voice=body.voice,
                options=_options(body.options, sender),
            ),
            send_at=_send_at(body.send_at, now),
            ttl_seconds=body.ttl,
            priority=body.priority,
            store=body.store,
            reference=_line("reference", body.reference, LONGEST_REFERENCE),
            country=phone.country,
        )
        sender.check(order)
        return Asked(order, body.on_doubt, _segments(order))

    def _sender(self, body: MessageBody) -> SendsMessages:
        if body.provider not in self._providers:
            raise InvalidField("provider", f"unknown; give one of {', '.join(sorted(self._providers))}")
        sender = self._senders.get(body.provider)
        if sender is not None and body.channel in sender.sends_on:
            return sender
        able = [name for name, other in sorted(self._senders.items()) if body.channel in other.sends_on]
        instead = f"{body.channel} is sent by {', '.join(able)}" if able else f"nobody sends {body.channel} yet"
        raise InvalidField(
            "channel" if sender else "provider", f"{body.provider} does not send {body.channel} for us; {instead}"
        )


def _fields(raw: bytes) -> dict[str, Any]:
    """The fields that have a value; `null` is the same as not there."""
    try:
        given: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidField("", "not JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise InvalidField("", "give an object with the fields of a message")
    fields = {name: value for name, value in given.items() if value is not None}
    if "plan" in fields:
        raise InvalidField("plan", PLANS_COME_LATER)
    return fields


def _line(name: str, value: str | None, longest: int) -> str | None:
    return None if value is None else one_line(name, value, longest)


def _check_content(body: MessageBody) -> None:
    """There is something to send, and one thing only."""
    given = [name for name in ("template", "media", "voice") if getattr(body, name) is not None]
    if len(given) > 1:
        raise InvalidField(given[1], f"beside {given[0]}; give one of them")
    if body.text is not None:
        _check_text("text", body.text)
        if given and body.media is None:
            raise InvalidField("text", f"beside {given[0]}; give one of them")
    elif not given:
        raise InvalidField("text", "missing; give a text, a template, media or voice")
    if body.template is not None:
        _check_template(body.template)
    if body.media is not None:
        _check_url("media.url", body.media.url)
        _line("media.file_name", body.media.file_name or None, LONGEST_NAME)
    if body.voice is not None:
        _check_voice(body.voice, body.channel)


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise InvalidField(name, "empty; give a text or leave the field out")
    if len(text) > LONGEST_TEXT:
        raise InvalidField(name, f"give at most {LONGEST_TEXT} characters")


def _check_template(template: Template) -> None:
    one_line("template.name", template.name, LONGEST_REFERENCE)
    _line("template.language", template.language or None, LONGEST_NAME)
    if len(template.parameters) > MOST_PARAMETERS:
        raise InvalidField("template.parameters", f"give at most {MOST_PARAMETERS}")
    for value in template.parameters.values():
        if len(value) > LONGEST_TEXT:
            raise InvalidField("template.parameters", f"give at most {LONGEST_TEXT} characters in each")


def _check_voice(voice: Voice, channel: Channel) -> None:
    if channel is not Channel.VOICE:
        raise InvalidField("voice", f"only for the channel voice; the channel is {channel}")
    if bool(voice.text) == bool(voice.audio_url):
        raise InvalidField("voice", "give either text, to be read out, or audio_url, to be played")
    if voice.text:
        _check_text("voice.text", voice.text)
    else:
        _check_url("voice.audio_url", voice.audio_url)


def _check_url(name: str, url: str) -> None:
    one_line(name, url, LONGEST_URL)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidField(name, "not a URL; give an https address") from None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or " " in url:
        raise InvalidField(name, "give an https address, without credentials in it")


def _options(options: dict[str, Any], sender: SendsMessages) -> dict[str, Any]:
    if options:
        shaped(options, sender.options, "options")
    return options


def _send_at(text: str | None, now: datetime) -> datetime | None:
    """None where the time has come: a request that is repeated after a while asks for the same still."""
    if text is None:
        return None
    at = stated_time("send_at", text).at
    if at > now + FARTHEST:
        raise InvalidField("send_at", f"more than {FARTHEST.days} days ahead; give an earlier time")
    return at if at > now else None


def _segments(order: Order) -> Segmentation | None:
    text = order.personal.text
    if order.channel is not Channel.SMS or text is None:
        return None
    segments = segmentation(text)
    if len(segments.parts) > MOST_PARTS:
        raise InvalidField("text", f"it takes {len(segments.parts)} parts; no SMS has more than {MOST_PARTS}")
    return segments
