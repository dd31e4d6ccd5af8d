"""What a listing can be narrowed by, and how that is read from a query string or a JSON body."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from dashboards.errors import Unreadable
from dashboards.parameters import (
    DEFAULT_LIMIT,
    EARLIEST,
    LATEST,
    Read,
    country,
    flag,
    limit,
    moment,
    number,
    read_known,
    recipient,
    seconds,
    text,
    word,
)
from dashboards.search import Sought, search
from delivery.channels import Channel
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Clock


class AttemptOutcome(StrEnum):
    """What an attempt came to so far, as reports count it; each attempt is one of these."""

    DELIVERED = "delivered"
    FAILED = "failed"
    IN_FLIGHT = "in_flight"
    SCHEDULED = "scheduled"
    UNKNOWN = "unknown"
    """Nothing more is awaited of it, and nobody said how it ended."""


class Filters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which attempts make a message part of the listing: one that meets all of these at once. None means any.

    `since` and `until` bound when we first heard of the attempt, `seconds_from` and `seconds_to` its delivery time;
    of both the first is included and the second is not. `clock` is what that time was read from. `reason` is
    `unspecified` also where a failure came with none. `step` is which of its message it is, `sender` the number or
    name that it was sent from, `code` the provider's own, and `search` any of several things that somebody may look
    for.
    """

    provider: str | None = None
    channel: Channel | None = None
    country: str | None = None
    sender: str | None = None
    reference: str | None = None
    number_type: NumberType | None = None
    carrier: str | None = None
    stage: Stage | None = None
    outcome: AttemptOutcome | None = None
    reason: Reason | None = None
    code: str | None = None
    final: bool | None = None
    replied: bool | None = None
    contradicted: bool | None = None
    revised: bool | None = None
    step: int | None = None
    seconds_from: float | None = None
    seconds_to: float | None = None
    clock: Clock | None = None
    recipient: str | None = None
    search: Sought | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def attempts_only(self) -> bool:
        """Whether what was asked for and not attempted cannot meet them."""
        return any(getattr(self, name) is not None for name in OF_ATTEMPTS)


OF_ATTEMPTS: Final = (
    *("number_type", "carrier", "stage", "outcome", "reason", "code"),
    *("final", "replied", "contradicted", "revised", "step", "seconds_from", "seconds_to", "clock"),
)
LARGEST_STEP: Final = 1000


class Bounded(Protocol):
    """What can be narrowed to a period, `since` included and `until` not."""

    def __init__(self, **_said: Any) -> None: ...

    @property
    def since(self) -> datetime | None: ...

    @property
    def until(self) -> datetime | None: ...


Narrowed = TypeVar("Narrowed", bound=Bounded)


class Page(Struct, frozen=True, kw_only=True):
    """How much of the listing is wanted, and from where on."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


FILTERS: Final[Mapping[str, tuple[str, Read]]] = {
    "provider": ("provider", text),
    "channel": ("channel", word(Channel)),
    "country": ("country", country),
    "sender": ("sender", text),
    "reference": ("reference", text),
    "number_type": ("number_type", word(NumberType)),
    "carrier": ("carrier", text),
    "stage": ("stage", word(Stage)),
    "outcome": ("outcome", word(AttemptOutcome)),
    "reason": ("reason", word(Reason)),
    "code": ("code", text),
    "final": ("final", flag),
    "replied": ("replied", flag),
    "contradicted": ("contradicted", flag),
    "revised": ("revised", flag),
    "step": ("step", number(0, LARGEST_STEP)),
    "seconds_from": ("seconds_from", seconds),
    "seconds_to": ("seconds_to", seconds),
    "clock": ("clock", word(Clock)),
    "recipient": ("recipient", recipient),
    "search": ("search", search),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `Filters` that it sets, and how it is read."""
PAGE: Final[Mapping[str, Read]] = {"limit": limit, "cursor": text}
NOT_IN_URL: Final = ("recipient", "search")
"""What is a number, or may be one: a URL stays in logs and histories."""
IN_URL: Final = {name: told for name, told in FILTERS.items() if name not in NOT_IN_URL}


def read_filters(given: Iterable[tuple[str, str]], *, in_url: bool) -> tuple[Filters, Page]:
    """The filters and the page that `given` pairs ask for.

    Raises `Unreadable` naming the parameter: for one that is unknown (with the nearest that is known), given twice,
    or not as it should be; and `in_url` for one that does not belong there.
    """
    pairs = list(given)
    misplaced = next((name for name, _ in pairs if name in NOT_IN_URL), None)
    if in_url and misplaced:
        raise Unreadable(misplaced, "numbers do not belong in a URL: POST it as JSON to /v1/messages/search")
    filters, page = read_narrowed(pairs, IN_URL if in_url else FILTERS, Filters)
    _check_seconds(filters.seconds_from, filters.seconds_to)
    return filters, page


def read_narrowed(
    given: Iterable[tuple[str, str]], narrowed_by: Mapping[str, tuple[str, Read]], kind: type[Narrowed]
) -> tuple[Narrowed, Page]:
    """What the `given` pairs narrow a listing to, and the page of it that they ask for.

    `narrowed_by` says of each parameter which field of `kind` it sets, and how it is read. Raises `Unreadable` naming
    the parameter at fault.
    """
    read = read_known(given, {**{name: read for name, (_, read) in narrowed_by.items()}, **PAGE})
    narrowed = kind(**{narrowed_by[name][0]: said for name, said in read.items() if name in narrowed_by})
    check_period(narrowed.since, narrowed.until)
    return narrowed, Page(**{name: said for name, said in read.items() if name in PAGE})


def _check_seconds(least: float | None, most: float | None) -> None:
    if least is not None and most is not None and least >= most:
        raise Unreadable("seconds_to", "it must be more than 'seconds_from'")


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raises `Unreadable` for a period that ends before it begins."""
    if since and until and since >= until:
        raise Unreadable("to", "it must be later than 'from'")


def period_of(bounded: Bounded) -> dict[str, datetime]:
    """The parameters of a query for it."""
    return {"since": bounded.since or EARLIEST, "until": bounded.until or LATEST}


def read_page(given: Iterable[tuple[str, str]]) -> Page:
    """The page that `given` pairs ask for, of what cannot be narrowed. Raises `Unreadable` as `read_filters` does."""
    return Page(**read_known(given, PAGE))
