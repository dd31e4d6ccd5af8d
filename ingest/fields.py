"""Reading single fields of what callers give; each raises `InvalidField` and quotes no value."""

import difflib
import re
from collections.abc import Iterable
from typing import Final

from delivery.channels import Channel
from delivery.events import ProviderTime, Zone
from ingest.clocks import read_time
from ingest.invalid import InvalidField
from ingest.phone import Phone, read_phone
from ingest.provider import Provider

_SHOWN_CHARACTERS: Final = 40
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def unknown_field(prefix: str, name: str, known: Iterable[str]) -> InvalidField:
    """For a name that is none of `known`; it may be anything, so it is cut and cleaned before it is shown."""
    return InvalidField(prefix + shown_name(name), f"unknown field; {known_or_near(name, known)}")


def known_or_near(name: str, known: Iterable[str]) -> str:
    """The one of `known` that was probably meant, else all of them."""
    names = list(known)
    matches = difflib.get_close_matches(name[:_SHOWN_CHARACTERS].lower(), names, n=1, cutoff=0.5)
    return f"did you mean {matches[0]}?" if matches else f"known are {', '.join(names) or 'none'}"


def shown_name(name: str) -> str:
    return "".join(character for character in name[:_SHOWN_CHARACTERS] if character.isprintable())


def one_line(name: str, value: str, longest: int) -> str:
    """The value without surrounding space: something, printable, not too long."""
    value = value.strip()
    if not value:
        raise InvalidField(name, "empty; give a value or leave the field out")
    if len(value) > longest:
        raise InvalidField(name, f"give at most {longest} characters")
    if not value.isprintable():
        raise InvalidField(name, "give printable characters only")
    return value


def channel_of(text: str, provider: Provider) -> Channel:
    offered = ", ".join(sorted(provider.channels))
    try:
        channel = Channel(text)
    except ValueError:
        raise InvalidField("channel", f"unknown; {provider.name} has {offered}") from None
    if channel not in provider.channels:
        raise InvalidField("channel", f"{provider.name} does not have it; give one of {offered}")
    return channel


def recipient(to: str, channel: Channel) -> Phone:
    """Whom it is for; an e-mail address stands where a number would, and is in no country."""
    if channel is Channel.EMAIL:
        if not _EMAIL.fullmatch(to):
            raise InvalidField("to", "give an e-mail address, since the channel is email")
        return Phone(to, None)
    phone = read_phone(to) if to.startswith("+") else None
    if phone is None:
        raise InvalidField("to", "give a possible phone number in E.164, with + and country code: +34600000000")
    return phone


def message_id_of(text: str) -> str:
    if not _UUID.fullmatch(text.lower()):
        raise InvalidField("message_id", "give a UUID: 8-4-4-4-12 hexadecimal digits")
    return text.lower()


def stated_time(name: str, text: str) -> ProviderTime:
    moment = read_time(text, assumed=None)
    if moment is None or moment.zone is not Zone.STATED:
        raise InvalidField(name, "give ISO 8601 with a zone: 2026-03-01T12:00:00+01:00, or with Z")
    return moment
