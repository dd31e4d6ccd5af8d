"""What the first page shows: counted aside, so that a page never waits long for figures and never asks twice."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from dashboards.alerts import AlertFilters, list_alerts
from dashboards.answers import DoubtAnswer
from dashboards.doubts import read_doubts
from dashboards.errors import Refused
from dashboards.filters import Page
from dashboards.listing import EARLIEST, LATEST
from dashboards.parameters import LARGEST_LIMIT
from dashboards.reader import Reader, Row
from dashboards.telling_answers import AlertAnswer
from delivery.stages import FAILURES, PROGRESS, SUCCESSES, Stage

LATEST_SHOWN: Final = 15
ALERTS_SHOWN: Final = 20
LATEST_READ: Final = 60
"""Read so many records, since some may be copies of one event."""
BAR_WIDTH: Final = 1000
STAGE_ORDER: Final = (*reversed(PROGRESS), *(stage for stage in Stage if stage not in PROGRESS))


class Window(Struct, frozen=True):
    """A period that ends now; `length` is None for all there is."""

    title: str
    length: timedelta | None

    def since(self, now: datetime) -> datetime:
        return now - self.length if self.length else EARLIEST


WINDOWS: Final[Mapping[str, Window]] = MappingProxyType(
    {
        "hour": Window("last hour", timedelta(hours=1)),
        "day": Window("last 24 hours", timedelta(days=1)),
        "week": Window("last 7 days", timedelta(days=7)),
        "all": Window("all", None),
    }
)
DEFAULT_WINDOW: Final = "day"


class Route(Struct, frozen=True, kw_only=True):
    """What became of what went one way. Percentiles are of delivery times in seconds, None where there are none."""

    provider: str
    channel: str
    sent: int
    delivered: int
    failed: int
    in_flight: int
    unknown: int
    failed_by_reason: dict[str, int]
    p50: float | None
    p95: float | None
    p99: float | None


class Share(Struct, frozen=True):
    """One stage's part of the bar: where it starts and how wide it is, of `BAR_WIDTH`."""

    stage: Stage
    attempts: int
    start: int
    width: int


class LatestEvent(Struct, frozen=True, kw_only=True):
    provider: str
    ref: str
    channel: str
    kind: str
    stage: str | None
    reason: str | None
    code: str
    received_at: datetime
    tracked: bool


class Overview(Struct, frozen=True, kw_only=True):
    """`as_of` is when it was counted, None while it never was; `problem` why it is not newer.

    `doubts` are the oldest steps in doubt, whatever the period; there are `more_doubts` where that is not all. `alerts`
    are those that opened last and are open.
    """

    as_of: datetime | None = None
    problem: str = ""
    nothing_yet: bool = False
    routes: tuple[Route, ...] = ()
    shares: tuple[Share, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    latest: tuple[LatestEvent, ...] = ()
    doubts: tuple[DoubtAnswer, ...] = ()
    more_doubts: bool = False
    alerts: tuple[AlertAnswer, ...] = ()

    @property
    def total(self) -> int:
        return sum(route.sent for route in self.routes)

    @property
    def newest(self) -> datetime | None:
        return self.latest[0].received_at if self.latest else None


async def read_routes(reader: Reader, since: datetime, until: datetime = LATEST) -> tuple[list[Route], Counter[Stage]]:
    """What was first heard of from `since` on and before `until`: by provider and channel, and by stage."""
    asked = {"since": since, "until": until, "successes": sorted(SUCCESSES), "failures": sorted(FAILURES)}
    stages: Counter[Stage] = Counter()
    routes = []
    for row in await reader.rows("summary", asked):
        stages.update({Stage(stage): attempts for stage, attempts in row["stages"].items()})
        routes.append(_route(row))
    return routes, stages


def _route(row: Row) -> Route:
    p50, p95, p99 = (None if math.isnan(seconds) else seconds for seconds in row["percentiles"])
    counted = ("provider", "channel", "sent", "delivered", "failed", "in_flight", "unknown", "failed_by_reason")
    return Route(**{name: row[name] for name in counted}, p50=p50, p95=p95, p99=p99)


async def read_overview(reader: Reader, since: datetime, now: datetime) -> Overview:
    routes, stages = await read_routes(reader, since)
    latest = await _latest(reader, since)
    doubts = await read_doubts(reader, Page(limit=LARGEST_LIMIT))
    alerts = await list_alerts(reader, AlertFilters(open=True), Page(limit=ALERTS_SHOWN))
    seen = routes or latest or doubts.doubts
    nothing = not seen and not (await reader.rows("any_event"))[0]["events"]
    reasons: Counter[str] = Counter()
    for route in routes:
        reasons.update(route.failed_by_reason)
    return Overview(
        as_of=now,
        nothing_yet=nothing,
        routes=tuple(routes),
        shares=shares(stages),
        reasons=tuple(reasons.most_common()),
        latest=latest,
        doubts=tuple(doubts.doubts),
        more_doubts=doubts.next_cursor is not None,
        alerts=tuple(alerts.alerts),
    )


async def _latest(reader: Reader, since: datetime) -> tuple[LatestEvent, ...]:
    rows = await reader.rows("latest_events", {"since": since, "limit": LATEST_READ})
    told_apart = {row["event_id"]: row for row in rows}
    return tuple(
        LatestEvent(
            **{name: row[name] for name in ("provider", "ref", "channel", "kind", "stage", "reason", "code")},
            received_at=row["received_at"],
            tracked=row["kind"] != "reply" or row["answers_attempt"],
        )
        for row in list(told_apart.values())[:LATEST_SHOWN]
    )


def shares(stages: Mapping[Stage, int]) -> tuple[Share, ...]:
    """The parts of the bar, in the order of progress, each where the one before it ends."""
    total = sum(stages.values())
    parts = []
    counted = 0
    for stage in STAGE_ORDER:
        attempts = stages.get(stage, 0)
        if attempts:
            start = counted * BAR_WIDTH // total
            counted += attempts
            parts.append(Share(stage, attempts, start, counted * BAR_WIDTH // total - start))
    return tuple(parts)


class Overviews:
    """The newest overview of each window. Counting runs aside, once at a time for a window, and is not repeated within
    `fresh_seconds`; whoever asks waits `wait_seconds` for it at most and else gets the one before.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        fresh_seconds: float,
        wait_seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reader = reader
        self._fresh = timedelta(seconds=fresh_seconds)
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._known: dict[str, Overview] = {}
        self._counting: dict[str, asyncio.Task[None]] = {}

    async def current(self, window: str) -> Overview:
        known = self._known.get(window, Overview())
        if known.as_of is None or self._clock() - known.as_of >= self._fresh:
            task = self._counting.get(window) or asyncio.create_task(self._count(window))
            self._counting[window] = task
            await asyncio.wait({task}, timeout=self._wait_seconds)
        return self._known.get(window, Overview())

    async def _count(self, window: str) -> None:
        now = self._clock()
        try:
            self._known[window] = await read_overview(self._reader, WINDOWS[window].since(now), now)
        except Refused as refused:
            before = self._known.get(window, Overview())
            self._known[window] = Overview(
                **{name: getattr(before, name) for name in Overview.__struct_fields__ if name != "problem"},
                problem=refused.error,
            )
        finally:
            del self._counting[window]
