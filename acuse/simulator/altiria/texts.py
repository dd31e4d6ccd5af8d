"""SMS texts, as both gateways count and write them."""

import unicodedata
from typing import Final

from delivery.segmentation import BASIC, EXTENSION

_ALPHABET: Final = frozenset(BASIC + EXTENSION)


def as_gsm(text: str) -> str:
    """The text in GSM 03.38: what is not in it loses its accent, or becomes `?`."""
    return "".join(_nearest(character) for character in text)


def parts_of(text: str, *, unicode: bool) -> int:
    """In how many SMS it goes."""
    if unicode:
        units, alone, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    else:
        units, alone, joined = sum(2 if character in EXTENSION else 1 for character in text), 160, 153
    return 1 if units <= alone else -(-units // joined)


def _nearest(character: str) -> str:
    if character in _ALPHABET:
        return character
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in _ALPHABET else "?"
