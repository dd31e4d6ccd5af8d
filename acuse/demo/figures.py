"""The demo's table: what became of the messages, by provider and channel."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from acuse.demo.readback import Found
from delivery.stages import FAILURES, SUCCESSES
from delivery.standing import Clock

SHARES: Final = (0.5, 0.95, 0.99)
MINUTE: Final = 60.0
HOUR: Final = 3_600.0
BY_OUR_CLOCK: Final = frozenset({Clock.RECEIVED, Clock.MIXED})


@dataclass(slots=True)
class Row:
    sent: int = 0
    delivered: int = 0
    in_flight: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    clocks: set[Clock] = field(default_factory=set)

    def add(self, found: Found) -> None:
        attempt = found.attempt
        self.sent += 1
        self.delivered += attempt.stage in SUCCESSES
        self.in_flight += not attempt.final
        if attempt.stage in FAILURES:
            self.reasons[attempt.reason or "unspecified"] += 1
        if attempt.delivery_seconds is not None:
            self.seconds.append(attempt.delivery_seconds)
        if attempt.clock is not None:
            self.clocks.add(attempt.clock)


def percentiles(seconds: Sequence[float]) -> tuple[float, ...]:
    """Exact, interpolated between the two nearest values, as those of reports are; NaN of nothing."""
    if not seconds:
        return tuple(math.nan for _ in SHARES)
    ordered = sorted(seconds)
    return tuple(_at(ordered, share * (len(ordered) - 1)) for share in SHARES)


def narrow_table(title: str, *, show_header: bool = True) -> Table:
    """One that an 80-column terminal can show."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_header=show_header,
    )


def rows_of(found: Iterable[Found]) -> dict[tuple[str, str], Row]:
    """By provider and channel, in order."""
    rows: dict[tuple[str, str], Row] = {}
    for each in found:
        rows.setdefault((each.attempt.provider, each.attempt.channel.value), Row()).add(each)
    return dict(sorted(rows.items()))


def outcome_table(rows: Mapping[tuple[str, str], Row]) -> Table:
    table = narrow_table("What became of them, read back from ClickHouse")
    table.add_column("", no_wrap=True)
    for figure in ("sent", "deli-\nvered", "failed", "in\nflight", "p50", "p95", "p99"):
        table.add_column(figure, justify="right", no_wrap=True)
    for (provider, channel), row in rows.items():
        table.add_row(f"{provider} {channel}", *_figures(row))
    return table


def reason_table(rows: Mapping[tuple[str, str], Row]) -> Table:
    table = narrow_table("\nWhy they failed", show_header=False)
    table.add_column("", no_wrap=True)
    table.add_column("")
    for (provider, channel), row in rows.items():
        if row.reasons:
            told = [f"{reason.replace('_', ' ')} {count:,}" for reason, count in row.reasons.most_common()]
            table.add_row(f"{provider} {channel}", ", ".join(told))
    return table


def _figures(row: Row) -> list[str]:
    marked = "~" if row.clocks & BY_OUR_CLOCK else ""
    return [
        f"{row.sent:,}",
        f"{row.delivered:,}",
        f"{row.reasons.total():,}",
        f"{row.in_flight:,}",
        *("-" if math.isnan(seconds) else f"{marked}{spoken(seconds)}" for seconds in percentiles(row.seconds)),
    ]


def spoken(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds / MINUTE:.1f} m" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


def _at(ordered: Sequence[float], place: float) -> float:
    lower = math.floor(place)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower)
