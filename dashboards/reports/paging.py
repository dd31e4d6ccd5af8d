"""Where a table goes on that has more rows than one answer: the period and the moment stay those of the first answer.

Rows are ranked by what is counted, so each page is counted anew; what comes in meanwhile about attempts of that period
may move a row from one page to another.
"""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from dashboards.cursor import read_place
from dashboards.errors import Unreadable
from dashboards.parameters import YEARS

MOST_SKIPPED: Final = 1_000_000
Moment = Annotated[datetime, Meta(tz=True)]


class TablePlace(Struct, frozen=True, array_like=True):
    """After the first `skip` rows of `table`; `filters` is a digest of all else that was asked."""

    table: str
    since: Moment
    until: Moment
    as_of: Moment
    skip: Annotated[int, Meta(gt=0, le=MOST_SKIPPED)]
    filters: str


def table_place(field: str, text: str) -> TablePlace:
    """Reads a cursor. Raises `Unreadable`."""
    place = read_place(text, TablePlace)
    if any(moment.year not in YEARS for moment in (place.since, place.until, place.as_of)):
        raise Unreadable(field, "use a cursor of an earlier answer exactly as it was given")
    return place
