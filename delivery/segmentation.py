"""How a text becomes SMS: its encoding, its parts, and the characters that made it dearer.

An SMS carries 140 octets: 160 characters of the GSM 03.38 alphabet (3GPP TS 23.038, 6.2.1), where those of the
extension table take two, or 70 units of UCS-2, where those outside the basic plane take a surrogate pair. A longer text
is sent in parts, each with a header of six octets (concatenation by an 8-bit reference), which leaves 153 and 67.

Operators read a text so; a provider that replaces characters before it sends may need fewer parts.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec import Struct

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet in the order of its codes, without the escape (0x1B) that leads to the extension table."""
EXTENSION: Final = "\f^{}\\[~]|€"
MOST_PARTS: Final = 255
"""The header counts parts in one octet."""
MOST_POSITIONS: Final = 20
_CACHED_TEXTS: Final = 64
"""The same text is asked after several times in a row: by whoever checks it, prices it and writes the call."""
_LAST_OF_BASIC_PLANE: Final = "\uffff"

_FORCES_UNICODE: Final = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_ESCAPED: Final = re.compile(f"[{re.escape(EXTENSION)}]")
_PAIRED: Final = re.compile("[\U00010000-\U0010ffff]")


class Encoding(StrEnum):
    GSM = "gsm"
    """GSM 03.38: seven bits a character."""
    UCS2 = "ucs2"
    """Sixteen bits a unit; whatever is in no table of GSM 03.38 forces it on the whole text."""


class Limits(Struct, frozen=True):
    """Units that fit: into an SMS alone, and into each of several parts."""

    alone: int
    in_parts: int


LIMITS: Final = {Encoding.GSM: Limits(160, 153), Encoding.UCS2: Limits(70, 67)}


class ForcedUnicode(Struct, frozen=True, kw_only=True):
    """A character that is not in GSM 03.38. ``positions`` count characters from 0, the first ``MOST_POSITIONS``."""

    character: str
    count: int
    positions: tuple[int, ...]


class Segmentation(Struct, frozen=True, kw_only=True):
    """``parts`` joined are the text, no pair of units split between two. ``units_left`` fit into the last part.

    An empty text is one empty part. ``forced_by`` is in the order of first appearance, empty for GSM 03.38.
    """

    encoding: Encoding
    parts: tuple[str, ...]
    units_left: int
    forced_by: tuple[ForcedUnicode, ...]


@lru_cache(maxsize=_CACHED_TEXTS)
def segmentation(text: str) -> Segmentation:
    """How ``text`` is sent as SMS. It may need more than ``MOST_PARTS``, which nobody can send."""
    forced_by = _forced_by(text)
    encoding = Encoding.UCS2 if forced_by else Encoding.GSM
    limits = LIMITS[encoding]
    is_alone = units_in(text, encoding) <= limits.alone
    limit = limits.alone if is_alone else limits.in_parts
    parts = (text,) if is_alone else _split(text, _COST[encoding], limit)
    return Segmentation(
        encoding=encoding, parts=parts, units_left=limit - units_in(parts[-1], encoding), forced_by=forced_by
    )


def units_in(text: str, encoding: Encoding) -> int:
    """Septets of GSM 03.38 or units of UCS-2; the text must have been found to fit the encoding."""
    pairs = _ESCAPED if encoding is Encoding.GSM else _PAIRED
    return len(text) + sum(1 for _ in pairs.finditer(text))


def _forced_by(text: str) -> tuple[ForcedUnicode, ...]:
    found: dict[str, list[int]] = {}
    for match in _FORCES_UNICODE.finditer(text):
        found.setdefault(match[0], []).append(match.start())
    return tuple(
        ForcedUnicode(character=character, count=len(positions), positions=tuple(positions[:MOST_POSITIONS]))
        for character, positions in found.items()
    )


def _cost_in_gsm(character: str) -> int:
    return 2 if character in EXTENSION else 1


def _cost_in_ucs2(character: str) -> int:
    return 2 if character > _LAST_OF_BASIC_PLANE else 1


_COST: Final[dict[Encoding, Callable[[str], int]]] = {Encoding.GSM: _cost_in_gsm, Encoding.UCS2: _cost_in_ucs2}


def _split(text: str, cost_of: Callable[[str], int], limit: int) -> tuple[str, ...]:
    """Parts as full as they can be: a character that takes two units goes into the next where one is left."""
    parts = []
    begin = used = 0
    for position, character in enumerate(text):
        cost = cost_of(character)
        if used + cost > limit:
            parts.append(text[begin:position])
            begin, used = position, 0
        used += cost
    parts.append(text[begin:])
    return tuple(parts)
