"""What may be asked of a report: the period, in which zone, of what, by what, and how it is to be written."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from msgspec import Struct, structs

from dashboards.cursor import digest, of_other_filters, written
from dashboards.errors import Unreadable
from dashboards.filters import check_period
from dashboards.parameters import DEFAULT_LIMIT, Read, country, limit, moment, read_known, text, word
from dashboards.reports.formats import Format
from dashboards.reports.paging import TablePlace, table_place
from delivery.channels import Channel
from delivery.number_types import NumberType

DEFAULT_PERIOD: Final = timedelta(days=1)
LONGEST_PERIOD: Final = timedelta(days=92)
NOT_ZONES: Final = ("posix/", "right/", "localtime", "Factory", "posixrules")
"""What zoneinfo finds on some machines and is no name of a zone."""


class Bucket(StrEnum):
    """What a report over time is cut into; days, weeks from Monday and months are those of the named zone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Group(StrEnum):
    PROVIDER = "provider"
    CHANNEL = "channel"
    COUNTRY = "country"
    NUMBER_TYPE = "number_type"
    CARRIER = "carrier"
    """A guess: whose the recipient's number first was."""
    SENDER = "sender"
    """Our own: the number or name that it was sent from."""
    REFERENCE = "reference"


class Compared(StrEnum):
    PREVIOUS = "previous"


class Asked(Struct, frozen=True, kw_only=True):
    """One report's period, `since` included and `until` not, and what it is narrowed to; '' stands for any.

    `as_of` is when it was asked: what is in flight has been so until then. `skip` rows of the table were shown before.
    """

    since: datetime
    until: datetime
    as_of: datetime
    zone: str = "UTC"
    bucket: Bucket
    compare: Compared | None = None
    provider: str = ""
    channel: str = ""
    country: str = ""
    number_type: str = ""
    carrier: str = ""
    sender: str = ""
    reference: str = ""
    plan: str = ""
    group: Group | None = None
    limit: int = DEFAULT_LIMIT
    skip: int = 0
    table: str | None = None
    format: Format | None = None
    told_period: bool = True
    """Whether the caller said from when on."""

    def before(self) -> "Asked":
        """The same of the period of the same length that ends where this one begins."""
        return structs.replace(self, since=self.since - (self.until - self.since), until=self.since)

    def cursor(self, table: str, shown: int) -> str:
        """Leads to the rows of that table after these `shown` more."""
        place = TablePlace(table, self.since, self.until, self.as_of, self.skip + shown, self.digest(table))
        return written(place)

    def digest(self, table: str) -> str:
        """What tells one question from another, however much of its answer is asked for at once."""
        return digest(structs.replace(self, table=table, limit=0, skip=0, format=None, told_period=True))


FILTERED_BY: Final = ("provider", "channel", "country", "number_type", "carrier", "sender", "reference")
MOST_MINUTES: Final = timedelta(days=1)


def zone(field: str, text: str) -> str:
    if text not in _zones():
        raise Unreadable(field, "give a zone's name as IANA has it, Europe/Madrid for example, or UTC")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if not name.startswith(NOT_ZONES))


PARAMETERS: Final[Mapping[str, Read]] = {
    "from": moment,
    "to": moment,
    "zone": zone,
    "bucket": word(Bucket),
    "compare": word(Compared),
    "provider": text,
    "channel": word(Channel),
    "country": country,
    "number_type": word(NumberType),
    "carrier": text,
    "sender": text,
    "reference": text,
    "plan": text,
    "group": word(Group),
    "limit": limit,
    "cursor": table_place,
    "table": text,
    "format": word(Format),
}


def read_asked(given: Iterable[tuple[str, str]], now: datetime, names: Iterable[str]) -> Asked:
    """What the `given` pairs ask for, of the last day where no period is given; only parameters of these `names` do.

    Raises `Unreadable` naming the parameter at fault.
    """
    read = read_known(given, {name: PARAMETERS[name] for name in names})
    place: TablePlace | None = read.pop("cursor", None)
    if place is not None:
        read = {"from": place.since, "to": place.until, "table": place.table} | read
    asked = _asked(read, place.as_of if place else now)
    if place is None:
        return asked
    if asked.table != place.table or asked.digest(place.table) != place.filters:
        raise of_other_filters()
    return structs.replace(asked, skip=place.skip)


def _asked(read: dict[str, Any], now: datetime) -> Asked:
    told_period = "from" in read
    until: datetime = read.pop("to", now)
    since: datetime = read.pop("from", until - DEFAULT_PERIOD)
    _check(since, until)
    bucket = read.pop("bucket", None) or _bucket(until - since)
    if bucket is Bucket.MINUTE and until - since > MOST_MINUTES:
        raise Unreadable("bucket", "ask for minutes of one day at most, or by 'hour'")
    more: dict[str, Any] = {name: str(said) if name in (*FILTERED_BY, "plan") else said for name, said in read.items()}
    return Asked(since=since, until=until, as_of=now.astimezone(UTC), bucket=bucket, told_period=told_period, **more)


def _check(since: datetime, until: datetime) -> None:
    check_period(since, until)
    if until - since > LONGEST_PERIOD:
        raise Unreadable(
            "from", f"ask for at most {LONGEST_PERIOD.days} days at a time, and for longer in several requests"
        )


def _bucket(length: timedelta) -> Bucket:
    if length <= timedelta(hours=3):
        return Bucket.MINUTE
    return Bucket.HOUR if length <= timedelta(days=7) else Bucket.DAY
