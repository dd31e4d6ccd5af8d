"""The shapes of whole reports, as JSON has them."""

from datetime import datetime

from msgspec import Struct, field

from dashboards.reports import provider_rows, reply_rows, rows
from dashboards.reports.asked import Bucket, Compared, Group


class ReportHead(Struct, kw_only=True):
    """Of attempts first heard of `from` this time on and before `to`, as they stood `as_of`; filters that are not given
    are "". `notes` say in words what is not shown and how to see it.
    """

    since: datetime = field(name="from")
    until: datetime = field(name="to")
    as_of: datetime
    zone: str
    bucket: Bucket
    compare: Compared | None
    provider: str
    channel: str
    country: str
    number_type: str
    carrier: str
    sender: str
    reference: str
    group: Group | None
    limit: int
    notes: list[str]


class OverviewReport(ReportHead, kw_only=True):
    figures: list[rows.Figures]
    trend: list[rows.Trend]


class DeliveryTimeReport(ReportHead, kw_only=True):
    figures: list[rows.Figures]
    trend: list[rows.Trend]
    estimate: list[rows.Estimate]
    distribution: list[rows.Distribution]
    heatmap: list[rows.Heat]


class FailuresReport(ReportHead, kw_only=True):
    reasons: list[rows.FailureReason]
    trend: list[rows.FailureTrend]
    changes: list[rows.FailureChange]
    senders: list[rows.FailureTop]
    countries: list[rows.FailureTop]
    figures: list[rows.FailureFigures]


class ProvidersReport(ReportHead, kw_only=True):
    figures: list[provider_rows.ProviderFigures]
    costs: list[provider_rows.ProviderCost]
    trust: list[provider_rows.Trust]


class RepliesReport(ReportHead, kw_only=True):
    trend: list[reply_rows.RepliesTrend]
    figures: list[reply_rows.RepliesFigures]
    response: list[reply_rows.Response]
    response_trend: list[reply_rows.ResponseTrend]
    conversations: list[reply_rows.Conversations]
    closing: list[reply_rows.Closing]


ANSWERS: dict[str, type[ReportHead]] = {
    "overview": OverviewReport,
    "delivery-time": DeliveryTimeReport,
    "failures": FailuresReport,
    "providers": ProvidersReport,
    "replies": RepliesReport,
}
"""By the report's name."""
