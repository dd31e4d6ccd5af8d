"""What a provider says of the time, read with where its zone is from and how precise it is.

A time that cannot be read is no time (None), never an error: our own receipt still dates the event.
"""

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from delivery.events import Precision, ProviderTime, Zone

SPAIN: Final = ZoneInfo("Europe/Madrid")
"""CET and CEST."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?P<seconds>:[0-9]{2}(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s?(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII | re.IGNORECASE,
)
_MILLISECOND_DIGITS: Final = 3
_FROM_HERE_MILLISECONDS: Final = 1e11
"""Unix seconds reach this in the year 5138; milliseconds passed it in 1973."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Outside of these a time is a placeholder or a broken clock, and storage could not hold it."""


def read_time(text: str, *, assumed: tzinfo | None) -> ProviderTime | None:
    """`2020-12-03 11:14:24`, with `T` for the space, with or without seconds, a fraction, `Z` or an offset.

    Without an offset it is in `assumed`, the zone that the vendor's documents give, or else in UTC. An hour that a
    clock shows twice is taken as the first of the two (summer time), one that it skips as if it had not yet been put
    forward: the same text is always the same time.
    """
    written = text.strip()
    shape = _WRITTEN.fullmatch(written)
    if shape is None:
        return None
    try:
        local = datetime.fromisoformat(written.replace(" ", "T", 1).replace(" ", "").upper())
        if local.tzinfo is not None:
            at, zone = local.astimezone(UTC), Zone.STATED
        elif assumed is not None:
            at, zone = local.replace(tzinfo=assumed, fold=0).astimezone(UTC), Zone.ASSUMED
        else:
            at, zone = local.replace(tzinfo=UTC), Zone.ABSENT
    except (ValueError, OverflowError):
        return None
    return _claim(at, zone, _precision(shape["seconds"], shape["fraction"]), written)


def read_unix_time(text: str) -> ProviderTime | None:
    """Seconds since 1970, with or without a fraction, or milliseconds; its zone is stated by what it is."""
    written = text.strip()
    try:
        number = float(written)
        if not math.isfinite(number):
            return None
        is_milliseconds = abs(number) >= _FROM_HERE_MILLISECONDS
        at = _EPOCH + timedelta(milliseconds=number) if is_milliseconds else _EPOCH + timedelta(seconds=number)
    except (ValueError, OverflowError):
        return None
    precision = Precision.MILLISECOND if is_milliseconds else _precision("seconds", written.partition(".")[2])
    return _claim(at, Zone.STATED, precision, written)


def _claim(at: datetime, zone: Zone, precision: Precision, text: str) -> ProviderTime | None:
    return ProviderTime(at=at, zone=zone, precision=precision, text=text) if _EARLIEST <= at < _LATEST else None


def _precision(seconds: str | None, fraction: str | None) -> Precision:
    if seconds is None:
        return Precision.MINUTE
    if not fraction:
        return Precision.SECOND
    return Precision.MILLISECOND if len(fraction) <= _MILLISECOND_DIGITS else Precision.MICROSECOND
