"""In which time zones the owner of a number may be."""

from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers.timezone import time_zones_for_geographical_number, time_zones_for_number

_CACHED_NUMBERS: Final = 65_536
ZONES: Final = frozenset(available_timezones())
"""The IANA names that this machine knows."""


class Zones(NamedTuple):
    """`told`: whether the number tells them; otherwise they are assumed."""

    names: tuple[str, ...]
    told: bool


def zones_of(to: str, default: str) -> Zones:
    """Every zone in which `to` may be, E.164; the default for a number that tells none, or an e-mail address."""
    found = _zones(to)
    return Zones(found, told=True) if found else Zones((default,), told=False)


@lru_cache(maxsize=_CACHED_NUMBERS)
def _zones(to: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(to)
    except phonenumbers.NumberParseException:
        return ()
    # Of a number that no plan has given out yet, its beginning tells all the same.
    found = ZONES.intersection(time_zones_for_number(number)) or ZONES.intersection(
        time_zones_for_geographical_number(number)
    )
    return tuple(sorted(found))
