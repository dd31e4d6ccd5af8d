"""What came of plans: read back, and held against what the providers say that they were asked for and told."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from rich.table import Table

from acuse.demo.checks import Burst, Check, equal
from acuse.demo.figures import narrow_table, spoken
from acuse.demo.sendings import Story, stories
from dashboards.answers import MessageSummary
from dashboards.reports.answers import FailoverReport
from dashboards.reports.failover_rows import PlanFates
from delivery.decisions import FailoverOutcome

IN_WORDS: Final[Mapping[FailoverOutcome, str]] = {
    FailoverOutcome.RESCUED: "rescued by it",
    FailoverOutcome.NEEDLESS: "needless",
    FailoverOutcome.BOTH: "both arrived",
    FailoverOutcome.FAILED_TOO: "failed too",
}
FIGURES: Final = (
    *("sent", "went\non", "res-\ncued", "need-\nless", "both", "failed\ntoo", "open"),
    *("extra\n€", "added\np50"),
)
PRECISION_SECONDS: Final = 1.5
"""Providers tell times by the second, and callbacks take their while."""


def check_failovers(burst: Burst, calls_seconds: float) -> list[Check]:
    """Did every message go by its plan, did those go on that should, and is known what came of it, and what it cost?

    ``calls_seconds`` is how long a sending may at most have waited for its call.
    """
    report = burst.report
    if report is None:
        return []
    told = stories(burst.planned, burst.taken, burst.ours, burst.doubts)
    extra_cost = sum((story.extra_cost for story in told.values()), Decimal(0))
    return [
        equal("messages with a plan", len(burst.planned), _by_plan(burst, report)),
        equal("… sent by a further step", sum(story.went_on for story in told.values()), report.total.failed_over),
        *_outcomes(told, burst),
        _as_reported(burst.failovers, report.total),
        _equal_cost("… … extra cost", extra_cost, report.total.extra_cost),
        _added(told, burst, calls_seconds),
    ]


def plan_table(report: FailoverReport) -> Table:
    table = narrow_table("\nWhat came of plans")
    table.add_column("", no_wrap=True)
    for figure in FIGURES:
        table.add_column(figure, justify="right", no_wrap=True)
    by_name = [(row.plan, row) for row in report.plans if row.plan is not None]
    for name, row in sorted(by_name, key=lambda named: named[0]):
        table.add_row(name, *_figures(row))
    table.add_section()
    table.add_row("all of them", *_figures(report.total))
    return table


def _figures(row: PlanFates) -> list[str]:
    counts = (row.messages, row.failed_over, row.rescued, row.needless, row.both, row.failed_too, row.pending)
    added = row.added_seconds_p50
    return [
        *(f"{count:,}" for count in counts),
        f"{row.extra_cost:,.2f}",
        "-" if added is None else spoken(added),
    ]


def _by_plan(burst: Burst, report: FailoverReport) -> int:
    """How many went by the plan that they were to go by."""
    wanted = Counter(each.plan for each in burst.planned.values())
    reported = Counter({row.plan: row.messages for row in report.plans if row.plan is not None})
    as_wanted = (wanted & reported).total()
    return report.total.messages if as_wanted == len(burst.planned) else as_wanted


def _outcomes(told: Mapping[str, Story], burst: Burst) -> Iterator[Check]:
    """Of those of which the providers' callbacks tell what came of going on, for how many the same is known here.

    What nobody has been told yet, and what is in doubt, is left out on both sides.
    """
    known, in_doubt = burst.failovers, burst.in_doubt
    truth = {
        message_id: story.outcome
        for message_id, story in told.items()
        if story.outcome is not None and message_id not in in_doubt
    }
    same = [
        outcome
        for message_id, outcome in truth.items()
        if message_id in known and known[message_id].failover is outcome
    ]
    for outcome, words in IN_WORDS.items():
        yield equal(f"… … {words}", Counter(truth.values())[outcome], Counter(same)[outcome])


def _as_reported(known: Mapping[str, MessageSummary], total: PlanFates) -> Check:
    """Whether the report counts what the messages themselves show, also of those left out above."""
    shown = Counter(message.failover for message in known.values())
    counted = {
        FailoverOutcome.RESCUED: total.rescued,
        FailoverOutcome.NEEDLESS: total.needless,
        FailoverOutcome.BOTH: total.both,
        FailoverOutcome.FAILED_TOO: total.failed_too,
    }
    truth, stored = (" ".join(str(count[outcome]) for outcome in counted) for count in (shown, counted))
    return Check("… … so the report counts", truth, stored, truth == stored)


def _equal_cost(title: str, truth: Decimal, stored: Decimal) -> Check:
    return Check(title, f"{truth:.2f} €", f"{stored:.2f} €", truth == stored)


def _added(told: Mapping[str, Story], burst: Burst, calls_seconds: float) -> Check:
    """The providers know when they were asked, and not since when a call had waited for its turn."""
    assert burst.report is not None  # noqa: S101 - its caller has seen to it
    title, stored = "… … added delay, p50", burst.report.total.added_seconds_p50
    rescued = [each.message_id for each in burst.failovers.values() if each.failover is FailoverOutcome.RESCUED]
    added = [told[message_id].added_seconds for message_id in rescued if message_id in told]
    seconds = [each for each in added if each is not None]
    if not seconds or stored is None:
        return Check(title, "-", "-" if stored is None else spoken(stored), holds=not rescued and stored is None)
    truth = statistics.median(seconds)
    holds = -PRECISION_SECONDS <= stored - truth <= calls_seconds + PRECISION_SECONDS
    return Check(title, spoken(truth), spoken(stored), holds)
