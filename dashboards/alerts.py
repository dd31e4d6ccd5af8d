"""Lists alerts: that a way to people does worse than it should, since when, and until when."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from dashboards.cursor import Cursor, digest, read_cursor
from dashboards.filters import Page, read_narrowed
from dashboards.listing import EARLIEST, LATEST
from dashboards.parameters import Read, country, flag, moment, text, word
from dashboards.reader import Reader, Row
from dashboards.telling_answers import AlertAnswer, Alerts
from delivery.channels import Channel
from delivery.health.alerts import AlertKind
from delivery.health.measures import Measure


class AlertFilters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which alerts are listed: those that meet all of these at once. None means any.

    `since` and `until` bound when it opened, `since` included and `until` not.
    """

    open: bool | None = None
    about: AlertKind | None = None
    provider: str | None = None
    channel: Channel | None = None
    country: str | None = None
    since: datetime | None = None
    until: datetime | None = None


NARROWED_BY: Final[Mapping[str, tuple[str, Read]]] = {
    "open": ("open", flag),
    "about": ("about", word(AlertKind)),
    "provider": ("provider", text),
    "channel": ("channel", word(Channel)),
    "country": ("country", country),
    "from": ("since", moment),
    "to": ("until", moment),
}
"""Each parameter's name, the field of `AlertFilters` that it sets, and how it is read."""


async def read_alerts(reader: Reader, given: Iterable[tuple[str, str]]) -> Alerts:
    """One page of what `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    return await list_alerts(reader, *read_narrowed(given, NARROWED_BY, AlertFilters))


async def list_alerts(reader: Reader, filters: AlertFilters, page: Page) -> Alerts:
    """One page of them, newest first. Raises `Unreadable` for a cursor that is not of these filters."""
    filters_digest = digest(filters)
    after = read_cursor(page.cursor, filters_digest) if page.cursor else None
    asked: dict[str, Any] = {
        **{name: getattr(filters, name) or "" for name in ("about", "provider", "channel", "country")},
        "open": -1 if filters.open is None else int(filters.open),
        "since": filters.since or EARLIEST,
        "until": filters.until or LATEST,
        "before": after.opened_at if after else LATEST,
        "before_id": after.message_id if after else "",
        "limit": page.limit + 1,
    }
    rows = await reader.rows("alerts", asked)
    shown = rows[: page.limit]
    last = Cursor(shown[-1]["opened"], shown[-1]["alert_id"], filters_digest) if len(rows) > page.limit else None
    return Alerts(alerts=[_alert(row) for row in shown], next_cursor=last.written() if last else None)


def _alert(row: Row) -> AlertAnswer:
    value, threshold, usual, said, measure = row["said"]
    return AlertAnswer(
        alert_id=row["alert_id"],
        about=AlertKind(row["kind"]),
        provider=row["through"],
        channel=Channel(row["on"]),
        country=row["into"] or None,
        opened_at=row["opened"],
        closed_at=row["closed"],
        value=value,
        threshold=threshold,
        usual=usual,
        text=said,
        measure=msgspec.json.decode(measure, type=Measure),
    )
