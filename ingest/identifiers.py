"""Identifiers and codes as providers write them, made fit to be keys."""

import re
from typing import Final

from ingest.webhook import Unreadable

LONGEST_IDENTIFIER: Final = 200
RECIPIENT_DIGEST: Final = re.compile(r"h[0-9a-f]{16}", re.ASCII)
"""What stands for a recipient in a ref of `delivery.refs`."""
_INTEGER: Final = re.compile(r"0*([0-9]+?)(?:\.0+)?", re.ASCII)


def identifier(value: str | None, field: str) -> str:
    """The provider's own text, without surrounding space. Raises `Unreadable` where it cannot be a key."""
    text = (value or "").strip()
    if not text:
        raise Unreadable(field, "it is missing; send what the provider called it")
    if len(text) > LONGEST_IDENTIFIER:
        raise Unreadable(field, f"it is too long; send at most {LONGEST_IDENTIFIER} characters")
    if not text.isprintable() or " " in text:
        raise Unreadable(field, "it has spaces or control characters; send it as the provider wrote it")
    return text


def number_identifier(value: str | None, field: str) -> str:
    """An identifier that the vendor documents as an integer, and that is the same one however it is written.

    Systems on the way pad it with zeros or make a decimal of it (`0010573758`, `10573758.0`); what is no integer all
    the same is kept as it is.
    """
    text = identifier(value, field)
    integer = _INTEGER.fullmatch(text)
    return integer[1] if integer else text
