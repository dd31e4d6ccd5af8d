"""Lists alerts: that a way to people does worse than it should, since when, and until when."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from dashboards.filters import Page, period_of, read_narrowed
from dashboards.paging import Paging, paging
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


def read_alerts_asked(given: Iterable[tuple[str, str]]) -> tuple[AlertFilters, Page]:
    """What `given` pairs ask for. Raises `Unreadable` naming the parameter at fault."""
    return read_narrowed(given, NARROWED_BY, AlertFilters)


def alert_parameters(filters: AlertFilters, paged: Paging) -> dict[str, Any]:
    """What the question of alerts is asked with."""
    return {
        **{name: getattr(filters, name) or "" for name in ("about", "provider", "channel", "country")},
        "open": -1 if filters.open is None else int(filters.open),
        **period_of(filters),
        **paged.newest_first(),
    }


async def list_alerts(reader: Reader, filters: AlertFilters, page: Page) -> Alerts:
    """One page of them, newest first. Raises `Unreadable` for a cursor that is not of these filters."""
    paged = paging(page, filters)
    rows = await reader.rows("alerts", alert_parameters(filters, paged))
    shown, onward = paged.shown(rows, at="opened", row_id="alert_id")
    return Alerts(alerts=[_alert(row) for row in shown], next_cursor=onward)


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
