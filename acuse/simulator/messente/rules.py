"""Rules for what a JSON document may hold: each finds the problems of a value that stands at a place."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from acuse.simulator.messente.errors import INVALID, MISSING, Problem
from acuse.simulator.numbers import e164

Rule: TypeAlias = Callable[[Any, str], Iterator[Problem]]

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+", re.ASCII)


def shape(*required: str, **fields: Rule) -> Rule:
    """An object with these fields and no others."""

    def check(value: Any, place: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(INVALID, "Not a valid object", place)
            return
        for name in required:
            if value.get(name) in (None, ""):
                yield Problem(MISSING, "Missing data for required field", _within(place, name))
        for name, inner in value.items():
            if name not in fields:
                yield Problem(INVALID, "Unknown field", _within(place, name))
            elif inner is not None and not (name in required and inner == ""):
                yield from fields[name](inner, _within(place, name))

    return check


def each(rule: Rule, *, least: int = 0) -> Rule:
    """An array of at least so many."""

    def check(value: Any, place: str) -> Iterator[Problem]:
        if not isinstance(value, list) or len(value) < least:
            yield Problem(INVALID, f"Not an array of at least {least} items", place)
            return
        for index, inner in enumerate(value):
            yield from rule(inner, f"{place}[{index}]")

    return check


def either(*words: str) -> Rule:
    return _rule(lambda value: value in words, f"Must be one of: {', '.join(words)}")


def whole(least: int, most: int) -> Rule:
    return _rule(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
        f"Not a whole number from {least} to {most}",
    )


def _rule(holds: Callable[[Any], bool], detail: str) -> Rule:
    def check(value: Any, place: str) -> Iterator[Problem]:
        if not holds(value):
            yield Problem(INVALID, detail, place)

    return check


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _within(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


TEXT: Final = _rule(lambda value: isinstance(value, str), "Not a valid string")
YES_OR_NO: Final = _rule(lambda value: isinstance(value, bool), "Not a valid boolean")
URL: Final = _rule(_is_url, "Not a valid URL")
PHONE: Final = _rule(
    lambda value: isinstance(value, str) and value.startswith("+") and e164(value) is not None,
    "Not a phone number in E.164 format",
)
HEX: Final = _rule(lambda value: isinstance(value, str) and bool(_HEX.fullmatch(value)), "Not valid hexadecimal")
