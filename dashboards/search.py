"""What somebody looks for: one text, and what it may be meant as.

It may be a number, so it comes in a body and never stands in a URL.
"""

import hashlib
import re
import uuid
from typing import Final

from msgspec import Struct

from dashboards.errors import Unreadable
from dashboards.parameters import NUMBER, NUMBER_PUNCTUATION
from delivery.refs import canonical_ref

LONGEST_SEARCH: Final = 4096
"""Characters; a text that was sent may be looked for as it is."""
SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
PLAIN_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)


class Sought(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Messages that any of these leads to; '' leads nowhere.

    `name` is a provider's id of an attempt or the caller's reference, `text` the SHA-256 of the exact text in
    hexadecimal digits, in upper case as the store has it.
    """

    message: str = ""
    recipient: str = ""
    name: str = ""
    text: str = ""


def search(field: str, text: str) -> Sought:
    """All that `text` may be meant as. A message's id, a number with its + and a digest are plain by their form."""
    said = text.strip()
    if not said or len(text) > LONGEST_SEARCH:
        raise Unreadable(field, f"give 1 to {LONGEST_SEARCH} characters, or leave it out")
    if SHA256.fullmatch(said):
        return Sought(text=said.upper(), name=said)
    if (message_id := _message_id(said)) is not None:
        return Sought(message=message_id, name=said)
    number = _number(said)
    if said.startswith("+") and number:
        return Sought(recipient=number)
    return Sought(recipient=number, name=canonical_ref(said), text=hashlib.sha256(text.encode()).hexdigest().upper())


def _message_id(said: str) -> str | None:
    try:
        read = str(uuid.UUID(said))
    except ValueError:
        return None
    return read if read == said.lower() else None


def _number(said: str) -> str:
    """The number in E.164 that `said` may be, also where its + is missing or written 00; '' if it can be none."""
    plain = NUMBER_PUNCTUATION.sub("", said)
    if PLAIN_DIGITS.fullmatch(plain):
        plain = f"+{plain.removeprefix('00')}"
    return plain if NUMBER.match(plain) else ""
