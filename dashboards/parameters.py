"""How each sort of parameter is read from the text that a query string has; and a set of them, each by its own reader.

Whatever is not as it should be is `Unreadable`, which names the parameter and says what to send instead.
"""

import difflib
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from dashboards.errors import Unreadable

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 500
LONGEST_TEXT: Final = 256
LONGEST_SECONDS: Final = 100_000_000
SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
COUNTRY: Final = re.compile(r"^[A-Za-z]{2}$")
NUMBER: Final = re.compile(r"^\+[1-9][0-9]{6,14}$")
YEARS: Final = range(1971, 2200)
"""Those that ClickHouse's times can hold, with a day to spare for any zone."""
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""What nothing is before, and nothing after."""
NUMBER_PUNCTUATION: Final = re.compile(r"[\s().\-/]")

Read: TypeAlias = Callable[[str, str], Any]
"""Reads the text of the parameter of this name."""

Word = TypeVar("Word", bound=StrEnum)


def word(kind: type[Word]) -> Callable[[str, str], Word]:
    def read(field: str, text: str) -> Word:
        try:
            return kind(text.lower())
        except ValueError:
            raise Unreadable(field, f"use one of {', '.join(kind)}") from None

    return read


def text(field: str, text: str) -> str:
    if not text or len(text) > LONGEST_TEXT:
        raise Unreadable(field, f"give 1 to {LONGEST_TEXT} characters, or leave it out")
    return text


def flag(field: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Unreadable(field, "use true or false")
    return text == "true"


def country(field: str, text: str) -> str:
    if not COUNTRY.match(text):
        raise Unreadable(field, "use the two letters of ISO 3166, ES for example")
    return text.upper()


def recipient(field: str, text: str) -> str:
    number = NUMBER_PUNCTUATION.sub("", text)
    if not NUMBER.match(number):
        raise Unreadable(field, "give the number with + and its country's prefix, +34600000000 for example")
    return number


def moment(field: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in YEARS:
        raise Unreadable(
            field, "give date, time and zone in ISO 8601, 2026-11-22T05:49:17Z for example; in a URL a + is written %2B"
        )
    return at.astimezone(UTC)


def number(least: int, most: int) -> Read:
    def read(field: str, text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not least <= int(text[:7]) <= most:
            raise Unreadable(field, f"give a whole number from {least} to {most}")
        return int(text)

    return read


limit: Final = number(1, LARGEST_LIMIT)


def seconds(field: str, text: str) -> float:
    """A length of time, from none to `LONGEST_SECONDS`."""
    if not SECONDS.fullmatch(text) or float(text) > LONGEST_SECONDS:
        raise Unreadable(field, f"give seconds from 0 to {LONGEST_SECONDS}, 4.5 for example")
    return float(text)


def message_id(field: str, text: str) -> str:
    """As ours are written."""
    try:
        read = str(uuid.UUID(text))
    except ValueError:
        read = ""
    if read != text.lower():
        raise Unreadable(field, "give a UUID, 018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c for example")
    return read


def read_known(given: Iterable[tuple[str, str]], known: Mapping[str, Read]) -> dict[str, Any]:
    """What the `given` pairs say, by their names. Raises `Unreadable` also for an unknown one, and one given twice."""
    read: dict[str, Any] = {}
    for name, said in given:
        if name not in known:
            raise Unreadable(name[:LONGEST_TEXT], unknown(name, known))
        if name in read:
            raise Unreadable(name, "give it once")
        read[name] = known[name](name, said)
    return read


def unknown(name: str, known: Iterable[str]) -> str:
    """What to use instead of a parameter that there is not."""
    names = list(known)
    nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    return f"there is no such parameter; did you mean '{nearest[0]}'?" if nearest else f"use any of {', '.join(names)}"
