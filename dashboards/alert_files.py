"""A page of alerts for other programs: a table with a row for each. What was measured stands in JSON only."""

from datetime import datetime

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from dashboards.listing_files import as_file
from dashboards.reports.formats import Format
from dashboards.telling_answers import AlertAnswer, Alerts
from delivery.channels import Channel
from delivery.health.alerts import AlertKind


class WrittenAlert(Struct, kw_only=True):
    """An alert as `AlertAnswer` says it, without what was measured."""

    alert_id: str
    about: AlertKind
    provider: str
    channel: Channel
    country: str | None
    opened_at: datetime
    closed_at: datetime | None
    value: float
    threshold: float
    usual: float | None
    text: str


def written(page: Alerts, form: Format, request: Request) -> Response:
    return as_file("alerts", WrittenAlert, [_row(each) for each in page.alerts], form, request, page.next_cursor)


def _row(alert: AlertAnswer) -> WrittenAlert:
    return WrittenAlert(**{name: getattr(alert, name) for name in WrittenAlert.__struct_fields__})
