"""What a text costs, and what becomes of it on its way."""

import re
import unicodedata
from collections.abc import Mapping
from math import ceil
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")
VARIABLE: Final = re.compile(r"[(\[{](Variable_(?:10|[1-9]))[)\]}]", re.IGNORECASE)


def filled(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables; one that the recipient has no value for is blank. Names are in lower case."""
    return VARIABLE.sub(lambda found: variables.get(found[1].lower(), ""), text)


def as_gsm(text: str) -> str:
    """The text in GSM 03.38 alone: what it lacks becomes the most similar character."""
    return "".join(_similar(character) for character in text)


def parts(text: str, *, unicode: bool) -> int:
    """SMS that the text takes: 70 or 67 characters each in Unicode, else 160 or 153, with those of the extension twice.

    Unicode counts as UTF-16 does.
    """
    if unicode:
        length = len(text.encode("utf-16-be")) // 2
        return 1 if length <= 70 else ceil(length / 67)  # noqa: PLR2004 - the document's own figures
    length = sum(2 if character in EXTENSION else 1 for character in text)
    return 1 if length <= 160 else ceil(length / 153)  # noqa: PLR2004 - the document's own figures


def _similar(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return "".join(part if part in BASIC else "?" for part in plain) or "?"
