"""What a listing can be narrowed by, and how that is read from a query string or a JSON body."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from dashboards.errors import Unreadable
from dashboards.parameters import (
    DEFAULT_LIMIT,
    Read,
    country,
    flag,
    limit,
    moment,
    read_known,
    recipient,
    text,
    word,
)
from delivery.channels import Channel
from delivery.reasons import Reason
from delivery.stages import Stage


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


FILTERS: Final[Mapping[str, tuple[str, Read]]] = {
    "provider": ("provider", text),
    "channel": ("channel", word(Channel)),
    "stage": ("stage", word(Stage)),
    "reason": ("reason", word(Reason)),
    "final": ("final", flag),
    "country": ("country", country),
    "reference": ("reference", text),
    "recipient": ("recipient", recipient),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `Filters` that it sets, and how it is read."""
PAGE: Final[Mapping[str, Read]] = {"limit": limit, "cursor": text}
IN_BODY: Final[Mapping[str, Read]] = {**{name: read for name, (_, read) in FILTERS.items()}, **PAGE}
IN_URL: Final[Mapping[str, Read]] = {name: read for name, read in IN_BODY.items() if name != "recipient"}


def read_filters(given: Iterable[tuple[str, str]], *, in_url: bool) -> tuple[Filters, Page]:
    """The filters and the page that `given` pairs ask for.

    Raises `Unreadable` naming the parameter: for one that is unknown (with the nearest that is known), given twice,
    or not as it should be; and for a recipient `in_url`, where a number would stay in logs and histories.
    """
    pairs = list(given)
    if in_url and any(name == "recipient" for name, _ in pairs):
        raise Unreadable("recipient", "numbers do not belong in a URL: POST it as JSON to /v1/messages/search")
    read = read_known(pairs, IN_URL if in_url else IN_BODY)
    filters = Filters(**{FILTERS[name][0]: said for name, said in read.items() if name in FILTERS})
    check_period(filters.since, filters.until)
    return filters, Page(**{name: said for name, said in read.items() if name in PAGE})


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raises `Unreadable` for a period that ends before it begins."""
    if since and until and since >= until:
        raise Unreadable("to", "it must be later than 'from'")


def read_page(given: Iterable[tuple[str, str]]) -> Page:
    """The page that `given` pairs ask for, of what cannot be narrowed. Raises `Unreadable` as `read_filters` does."""
    return Page(**read_known(given, PAGE))
