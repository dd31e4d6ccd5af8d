"""The report for people: what really happened beside what would have, a column for each."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Final, NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acuse.backtest.report import Report, Variant
from delivery.backtest.evidence import Drawn
from delivery.backtest.tally import Figures, Spread


class _Line(NamedTuple):
    title: str
    field: str
    number: Callable[[float], str]
    unit: str = ""


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _money(value: float) -> str:
    return f"{value:,.4f}" if value < 1 else f"{value:,.2f}"


def _seconds(value: float) -> str:
    return f"{value:,.1f}"


LINES: Final = (
    _Line("messages", "messages", _count),
    _Line("delivered", "delivered_share", _percent, " %"),
    _Line("sendings", "sendings", _count),
    _Line("failed over", "failovers", _count),
    _Line("  rescued", "rescue_rate", _percent, " %"),
    _Line("  needless", "needless_rate", _percent, " %"),
    _Line("  both arrived", "double_rate", _percent, " %"),
    _Line("double deliveries", "both", _count),
    _Line("cost", "cost", _money),
    _Line("cost per delivered", "cost_per_delivered", _money),
    _Line("added delay, p50", "added_p50", _seconds, " s"),
    _Line("added delay, p95", "added_p95", _seconds, " s"),
)


def tell(report: Report, console: Console) -> None:
    begins, ends = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" for at in (report.begins, report.ends))
    name = report.plan or "the plan"
    of = f", what was sent by {escape(report.of)}" if report.of else ""
    console.print(f"[bold]{escape(name)}[/] ({report.version}){of}, {begins} to {ends} UTC", highlight=False)
    table = Table(box=None, header_style="bold")
    table.add_column("")
    table.add_column("recorded", justify="right")
    for variant in report.variants:
        table.add_column(_heading(variant), justify="right")
    for line in LINES:
        title = f"{line.title} ({report.currency})" if line.field == "cost" and report.currency else line.title
        cells = [_spread(variant.figures, line) for variant in report.variants]
        table.add_row(title, _one(report.recorded, line), *cells)
    table.add_row("fates drawn", "-", *(_drawn(variant) for variant in report.variants))
    console.print(table, highlight=False)
    for remark in remarks(report):
        console.print(escape(remark), highlight=False, soft_wrap=True)


def remarks(report: Report) -> Iterator[str]:
    """What is to be known to read the figures rightly."""
    yield (
        f"What was not sent is drawn from what the same provider made of others, in {report.seeds} ways: "
        "the mean, and how far the furthest is from it."
    )
    if report.left_out:
        yield f"{report.left_out:,} messages are left out: it is not known yet what became of them."
    if report.sampled < 1:
        yield f"{_percent(report.sampled)} % of the messages were looked at; --messages looks at more."
    missing = max((variant.fates[Drawn.NO_EVIDENCE] for variant in report.variants), default=0.0)
    if missing:
        yield (
            f"{_count(missing)} sendings have no like in the record, so they count as never heard of: the period has "
            "too few attempts by their provider on their channel."
        )
    if report.without_content:
        yield f"{report.without_content:,} messages lack what the plan would say, so their SMS count as one part each."
    unpriced = max((variant.figures.mean.unpriced for variant in report.variants), default=0.0)
    if unpriced or report.recorded.unpriced:
        yield (
            f"{_count(max(unpriced, report.recorded.unpriced))} sendings have no price and count as free; "
            "say prices in [prices.<provider>]."
        )
    if report.unreadable:
        yield f"{report.unreadable:,} records could not be read."


def _heading(variant: Variant) -> str:
    return "as planned" if variant.ttl_seconds is None else f"ttl {variant.ttl_seconds} s"


def _one(figures: Figures, line: _Line) -> str:
    value = getattr(figures, line.field)
    return "-" if value is None else line.number(value) + line.unit


def _spread(figures: Spread, line: _Line) -> str:
    mean, low, high = (getattr(each, line.field) for each in (figures.mean, figures.low, figures.high))
    if mean is None or low == high:
        return _one(figures.mean, line)
    return f"{line.number(mean)} ± {line.number(max(high - mean, mean - low))}{line.unit}"


def _drawn(variant: Variant) -> str:
    return _count(sum(variant.fates[each] for each in (Drawn.SAME_COUNTRY, Drawn.ANY_COUNTRY)))
