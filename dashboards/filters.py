"""What a listing can be narrowed by, and how that is read from a query string or a JSON body."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from msgspec import Struct

from dashboards.errors import Unreadable
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 500
LONGEST_TEXT: Final = 256
COUNTRY: Final = re.compile(r"^[A-Za-z]{2}$")
NUMBER: Final = re.compile(r"^\+[1-9][0-9]{6,14}$")
YEARS: Final = range(1971, 2200)
"""Those that ClickHouse's times can hold, with a day to spare for any zone."""
NUMBER_PUNCTUATION: Final = re.compile(r"[\s().\-/]")


class Filters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which attempts make a message part of the listing: one that meets all of these at once. None means any.

    `since` and `until` bound when we first heard of the attempt, `since` included and `until` not.
    """

    provider: str | None = None
    channel: Channel | None = None
    stage: Stage | None = None
    reason: Reason | None = None
    final: bool | None = None
    country: str | None = None
    reference: str | None = None
    recipient: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Page(Struct, frozen=True, kw_only=True):
    """How much of the listing is wanted, and from where on."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


Word = TypeVar("Word", bound=StrEnum)


def _word(kind: type[Word]) -> Callable[[str, str], Word]:
    def read(field: str, text: str) -> Word:
        try:
            return kind(text.lower())
        except ValueError:
            raise Unreadable(field, f"use one of {', '.join(kind)}") from None

    return read


def _text(field: str, text: str) -> str:
    if not text or len(text) > LONGEST_TEXT:
        raise Unreadable(field, f"give 1 to {LONGEST_TEXT} characters, or leave it out")
    return text


def _flag(field: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Unreadable(field, "use true or false")
    return text == "true"


def _country(field: str, text: str) -> str:
    if not COUNTRY.match(text):
        raise Unreadable(field, "use the two letters of ISO 3166, ES for example")
    return text.upper()


def _recipient(field: str, text: str) -> str:
    number = NUMBER_PUNCTUATION.sub("", text)
    if not NUMBER.match(number):
        raise Unreadable(field, "give the number with + and its country's prefix, +34600000000 for example")
    return number


def _moment(field: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in YEARS:
        raise Unreadable(
            field, "give date, time and zone in ISO 8601, 2026-11-22T05:49:17Z for example; in a URL a + is written %2B"
        )
    return moment.astimezone(UTC)


def _limit(field: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= LARGEST_LIMIT:
        raise Unreadable(field, f"give a whole number from 1 to {LARGEST_LIMIT}")
    return int(text)


FILTERS: Final[Mapping[str, tuple[str, Callable[[str, str], Any]]]] = {
    "provider": ("provider", _text),
    "channel": ("channel", _word(Channel)),
    "stage": ("stage", _word(Stage)),
    "reason": ("reason", _word(Reason)),
    "final": ("final", _flag),
    "country": ("country", _country),
    "reference": ("reference", _text),
    "recipient": ("recipient", _recipient),
    "from": ("since", _moment),
    "to": ("until", _moment),
}
"""Each parameter's name, the field of `Filters` that it sets, and how it is read."""
PAGE: Final[Mapping[str, Callable[[str, str], Any]]] = {"limit": _limit, "cursor": _text}


def read_filters(given: Iterable[tuple[str, str]], *, in_url: bool) -> tuple[Filters, Page]:
    """The filters and the page that `given` pairs ask for.

    Raises `Unreadable` naming the parameter: for one that is unknown (with the nearest that is known), given twice,
    or not as it should be; and for a recipient `in_url`, where a number would stay in logs and histories.
    """
    filters: dict[str, Any] = {}
    page: dict[str, Any] = {}
    for name, text in given:
        if name == "recipient" and in_url:
            raise Unreadable(name, "numbers do not belong in a URL: POST it as JSON to /v1/messages/search")
        target, field = (page, name) if name in PAGE else (filters, FILTERS[name][0] if name in FILTERS else "")
        if not field:
            raise Unreadable(name[:LONGEST_TEXT], unknown_parameter(name, in_url=in_url))
        if field in target:
            raise Unreadable(name, "give it once")
        target[field] = (PAGE[name] if name in PAGE else FILTERS[name][1])(name, text)
    read = Filters(**filters)
    if read.since and read.until and read.since >= read.until:
        raise Unreadable("to", "it must be later than 'from'")
    return read, Page(**page)


def read_page(given: Iterable[tuple[str, str]]) -> Page:
    """The page that `given` pairs ask for, of what cannot be narrowed. Raises `Unreadable` as `read_filters` does."""
    page: dict[str, Any] = {}
    for name, text in given:
        if name not in PAGE:
            raise Unreadable(name[:LONGEST_TEXT], f"use any of {', '.join(PAGE)}")
        if name in page:
            raise Unreadable(name, "give it once")
        page[name] = PAGE[name](name, text)
    return Page(**page)


def unknown_parameter(name: str, *, in_url: bool) -> str:
    """What to use instead of a parameter that there is not."""
    known = [*FILTERS, *PAGE]
    if in_url:
        known.remove("recipient")
    nearest = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"there is no such parameter; did you mean '{nearest[0]}'?" if nearest else f"use any of {', '.join(known)}"
