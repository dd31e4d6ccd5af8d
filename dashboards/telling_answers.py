"""The shapes in which alerts and notices are answered. Whoever reads them must bear fields that are added."""

from datetime import datetime

from msgspec import Struct

from delivery.channels import Channel
from delivery.health.alerts import AlertKind
from delivery.health.measures import Measure
from delivery.notices import NoticeResult, NoticeType


class NoticeAnswer(Struct, kw_only=True):
    """That the caller's application was told of something: of the decision, event or alert whose id is `about`.

    `tries` counts the requests that were made for it, `status` is the last answer's, None where there was none.
    """

    notice_id: str
    type: NoticeType
    about: str
    at: datetime
    result: NoticeResult
    tries: int
    status: int | None
    why: str


class AlertAnswer(Struct, kw_only=True):
    """That a way to people does worse than it should: a provider's channel, into `country` or, where that is None, into
    all. It is open while `closed_at` is None.

    `value` is the share (0 to 1) that failed, was slow or was not heard of when it opened, `threshold` what that had to
    exceed, `usual` what it usually is, where that is known; `measure` is what was counted.
    """

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
    measure: Measure


class Alerts(Struct, kw_only=True):
    """Alerts, those that opened last first; `next_cursor` is None on the last page."""

    alerts: list[AlertAnswer]
    next_cursor: str | None
