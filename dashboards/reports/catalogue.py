"""Which reports there are, of which tables, and what each table asks beside what all do."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from dashboards.reports import failover_rows, pipeline_rows, provider_rows, reply_rows, rows
from dashboards.reports.asked import FILTERED_BY
from dashboards.reports.reasons import PERMANENT, TEMPORARY
from dashboards.reports.trust import ASKED
from delivery.facts import FURTHEST_AHEAD
from delivery.windows import HELD_ON, OPEN_FOR

EDGES: Final = (
    *(0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0),
    *(1800.0, 3600.0, 10800.0, 43200.0, 86400.0, 259200.0),
)
"""Seconds at which one row of a distribution ends and the next begins."""
MOST_ROWS: Final = 10_000
"""Of a table over time, whatever `limit` says."""
OPT_OUT_WORDS: Final = ("STOP", "STOP ALL", "STOPALL", "UNSUBSCRIBE", "OPTOUT", "OPT OUT", "BAJA", "ALTO", "SAIR")
"""A reply of nothing else wants no more. Words that answer a question too, as NO or CANCEL, are none of them."""


class Table(Struct, frozen=True, kw_only=True):
    """One table of a report: the question that fills it, and its rows' type.

    `more` are parameters of its own. `changes` says that its question spans the period before too, so that it is never
    asked of that again; `long` that it has a row for each bucket or hour, so that `limit` does not cut it; `of_now`
    that it is of the moment when it is asked, whatever the period.
    """

    name: str
    question: str
    row: type[Struct]
    more: Mapping[str, Any] = {}
    changes: bool = False
    long: bool = False
    of_now: bool = False


ALWAYS_ASKED: Final = ("from", "to", "compare", "limit", "cursor", "table", "format")


class Report(Struct, frozen=True, kw_only=True):
    """Its first table is what is written where a format holds one only and none is named. What is `sliced` is cut by
    time, in a zone, and by groups.
    """

    name: str
    summary: str
    tables: tuple[Table, ...]
    narrowed_by: tuple[str, ...] = FILTERED_BY
    sliced: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of those that it understands."""
        return (*ALWAYS_ASKED, *(("zone", "bucket", "group") if self.sliced else ()), *self.narrowed_by)

    @property
    def table_names(self) -> tuple[str, ...]:
        return tuple(table.name for table in self.tables)


FIGURES: Final = Table(name="figures", question="figures", row=rows.Figures)
TREND: Final = Table(name="trend", question="trend", row=rows.Trend, long=True)
OPTING_OUT: Final = {"opt_out_words": list(OPT_OUT_WORDS)}
CONVERSING: Final = {
    "held_on": sorted(HELD_ON),
    "open_seconds": int(OPEN_FOR.total_seconds()),
    "furthest_ahead_seconds": int(FURTHEST_AHEAD.total_seconds()),
}
LASTING: Final = {"permanent": sorted(PERMANENT), "temporary": sorted(TEMPORARY)}

REPORTS: Final = (
    Report(
        name="overview",
        summary="What became of what was sent: volume, delivery rate, time to delivery, failures",
        tables=(FIGURES, TREND),
    ),
    Report(
        name="delivery-time",
        summary="How long deliveries take, over time and by hour and weekday; what is in flight is not left out",
        tables=(
            FIGURES,
            TREND,
            Table(name="estimate", question="delivery_estimate", row=rows.Estimate),
            Table(
                name="curve",
                question="delivery_curve",
                row=rows.Arrived,
                more={"edges": list(EDGES[1:])},
                long=True,
            ),
            Table(
                name="distribution",
                question="delivery_distribution",
                row=rows.Distribution,
                more={"edges": list(EDGES)},
                long=True,
            ),
            Table(name="heatmap", question="delivery_heatmap", row=rows.Heat, long=True),
        ),
    ),
    Report(
        name="failures",
        summary="Why messages fail, in our words and the provider's, since when, and what changed",
        tables=(
            Table(name="reasons", question="failures_reasons", row=rows.FailureReason, more=LASTING),
            Table(name="trend", question="failures_trend", row=rows.FailureTrend, long=True),
            Table(name="changes", question="failures_changes", row=rows.FailureChange, changes=True),
            Table(name="senders", question="failures_top", row=rows.FailureTop, more={"group": "sender"}),
            Table(name="countries", question="failures_top", row=rows.FailureTop, more={"group": "country"}),
            Table(name="figures", question="failures_figures", row=rows.FailureFigures, more=LASTING),
        ),
    ),
    Report(
        name="providers",
        summary="Providers side by side, as if each had been handed the same countries; receipts, trust and cost",
        tables=(
            Table(name="figures", question="providers", row=provider_rows.ProviderFigures),
            Table(name="costs", question="providers_cost", row=provider_rows.ProviderCost),
            Table(name="trust", question="providers_trust", row=provider_rows.Trust, more=ASKED, long=True),
        ),
    ),
    Report(
        name="replies",
        summary="Replies and opt-outs over time, how soon people answer, and which conversations are open",
        tables=(
            Table(name="trend", question="replies_trend", row=reply_rows.RepliesTrend, more=OPTING_OUT, long=True),
            Table(name="figures", question="replies_figures", row=reply_rows.RepliesFigures, more=OPTING_OUT),
            Table(name="response", question="replies_response", row=reply_rows.Response),
            Table(name="response_trend", question="replies_response_trend", row=reply_rows.ResponseTrend, long=True),
            Table(
                name="conversations",
                question="replies_conversations",
                row=reply_rows.Conversations,
                more=CONVERSING,
                of_now=True,
            ),
            Table(
                name="closing",
                question="replies_closing",
                row=reply_rows.Closing,
                more=CONVERSING,
                long=True,
                of_now=True,
            ),
        ),
    ),
    Report(
        name="failover",
        summary="What failing over came to: rescued, needless, both or failed too; cost and added delay",
        tables=(
            Table(name="plans", question="failover_plans", row=failover_rows.PlanFates),
            Table(name="steps", question="failover_steps", row=failover_rows.StepFates),
        ),
        narrowed_by=("plan", "provider", "channel"),
        sliced=False,
    ),
    Report(
        name="pipeline",
        summary="What went through the pipeline, what could not be read, and which calls and notices came to nothing",
        tables=(
            Table(name="flow", question="pipeline_flow", row=pipeline_rows.Flow, long=True),
            Table(name="unparsed", question="pipeline_unparsed", row=pipeline_rows.UnparsedWhy),
            Table(name="codes", question="pipeline_codes", row=pipeline_rows.UnknownCode),
            Table(name="calls", question="pipeline_calls", row=pipeline_rows.TroubledCall),
            Table(name="notices", question="pipeline_notices", row=pipeline_rows.DeadNotice),
        ),
        narrowed_by=("provider", "channel"),
    ),
)
