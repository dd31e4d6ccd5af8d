"""The shapes of whole reports, as JSON has them."""

from datetime import datetime

from msgspec import Struct, field

from dashboards.problems import Problem
from dashboards.reads import Read
from dashboards.reports import failover_rows, pipeline_rows, provider_rows, reply_rows, rows
from dashboards.reports.asked import Bucket, Compared, Group


class Head(Struct, kw_only=True):
    """Of what was first heard of `from` this time on and before `to`, as it stood `as_of`; filters that are not given
    are "". All that was received until `data_as_of` is in it (None: nothing was); a header, `Acuse-Data-As-Of`, says so
    of every format. `notes` say in words what is not shown and how to see it; each of `cursors` leads to more rows of
    the table of its name. `read` is what each table cost; a header, `Acuse-Read`, says it of all of them.

    A table that could not be answered while others were has no rows here: `problems` has why, by its name, and under
    `data_as_of` where that is unknown. Where none could be, there is no report but the refusal.
    """

    since: datetime = field(name="from")
    until: datetime = field(name="to")
    as_of: datetime
    data_as_of: datetime | None
    compare: Compared | None
    provider: str
    channel: str
    limit: int
    notes: list[str]
    cursors: dict[str, str]
    read: dict[str, Read]
    problems: dict[str, Problem]


class ReportHead(Head, kw_only=True):
    """Of attempts."""

    zone: str
    bucket: Bucket
    country: str
    number_type: str
    carrier: str
    sender: str
    reference: str
    group: Group | None


class OverviewReport(ReportHead, kw_only=True):
    figures: list[rows.Figures]
    trend: list[rows.Trend]


class DeliveryTimeReport(ReportHead, kw_only=True):
    figures: list[rows.Figures]
    trend: list[rows.Trend]
    estimate: list[rows.Estimate]
    curve: list[rows.Arrived]
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


class FailoverReport(Head, kw_only=True):
    """Of messages by when they were asked for, those with a plan."""

    plan: str
    plans: list[failover_rows.PlanFates]
    steps: list[failover_rows.StepFates]

    @property
    def total(self) -> failover_rows.PlanFates:
        """Of all plans together in the period itself; it is there where the table `plans` is, of nothing too."""
        return next(row for row in self.plans if row.plan is None and row.period is rows.Period.CURRENT)


class PipelineReport(Head, kw_only=True):
    """Of what was received, called and told in the period."""

    zone: str
    bucket: Bucket
    group: Group | None
    flow: list[pipeline_rows.Flow]
    unparsed: list[pipeline_rows.UnparsedWhy]
    codes: list[pipeline_rows.UnknownCode]
    calls: list[pipeline_rows.TroubledCall]
    notices: list[pipeline_rows.DeadNotice]


ANSWERS: dict[str, type[Head]] = {
    "overview": OverviewReport,
    "delivery-time": DeliveryTimeReport,
    "failures": FailuresReport,
    "providers": ProvidersReport,
    "replies": RepliesReport,
    "failover": FailoverReport,
    "pipeline": PipelineReport,
}
"""By the report's name."""
