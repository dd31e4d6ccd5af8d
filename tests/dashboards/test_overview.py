"""The first page's figures, against the same figures counted from the pure folds."""

import asyncio
import random
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from dashboards.errors import StoreUnavailable
from dashboards.overview import EARLIEST, LATEST, WINDOWS, Overviews, read_overview, read_routes, shares
from dashboards.reader import Reader
from delivery.stages import FAILURES, SUCCESSES, Stage
from sinks.client import open_client


@pytest.fixture
async def reader(projection, clickhouse_config):
    assert projection, "there are tables to be read"
    reader = Reader(partial(open_client, clickhouse_config, readonly=True), concurrency=2, timeout_seconds=10)
    yield reader
    await reader.close()


def percentile(values: list[float], hundredths: int) -> float:
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]


@pytest.mark.parametrize(
    ("since", "until"), [(EARLIEST, LATEST), (datetime(2026, 3, 31, 21, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))]
)
async def test_figures_are_those_of_the_pure_folds(since, until, projection, reader, histories) -> None:
    told = histories(random.Random(11), 150)
    projection.store([event for events in told for event in events[:1]])
    projection.store([event for events in told for event in events])
    routes, stages = await read_routes(reader, since, until)

    attempts = [attempt for attempt in projection.attempts() if since <= attempt.opened_at < until]
    assert stages == Counter(attempt.stage for attempt in attempts)
    assert [(route.provider, route.channel) for route in routes] == sorted(
        {(attempt.provider, attempt.channel.value) for attempt in attempts}
    )
    for route in routes:
        ours = [a for a in attempts if (a.provider, a.channel) == (route.provider, route.channel)]
        failed = [attempt for attempt in ours if attempt.stage in FAILURES]
        times = sorted(attempt.delivery_seconds for attempt in ours if attempt.delivery_seconds is not None)
        assert (route.sent, route.delivered, route.failed, route.in_flight, route.unknown) == (
            len(ours),
            sum(attempt.stage in SUCCESSES for attempt in ours),
            len(failed),
            sum(not attempt.final for attempt in ours),
            sum(attempt.final and attempt.stage is Stage.UNKNOWN for attempt in ours),
        )
        assert route.failed_by_reason == Counter(attempt.reason or "unspecified" for attempt in failed)
        if times:
            assert (route.p50, route.p95, route.p99) == pytest.approx([percentile(times, p) for p in (50, 95, 99)])
        else:
            assert (route.p50, route.p95, route.p99) == (None, None, None)


async def test_what_came_last_stands_first_and_copies_once(projection, reader, history, start) -> None:
    story = history()
    events = [story.status(Stage.SENT, second, code=f"{second}") for second in range(20)]
    projection.store([*events, *([events[-1]] * 5), story.reply(90.0, answers_attempt=False)])
    overview = await read_overview(reader, EARLIEST, start)
    assert [event.kind for event in overview.latest] == ["reply"] + ["status"] * 14
    assert [event.code for event in overview.latest[1:]] == [str(second) for second in range(19, 5, -1)]
    assert [event.tracked for event in overview.latest[:2]] == [False, True]
    assert overview.newest == start + timedelta(seconds=90)


async def test_nothing_yet_is_told_from_nothing_lately(projection, reader, history, start) -> None:
    later = start + timedelta(days=30)
    assert (await read_overview(reader, EARLIEST, later)).nothing_yet
    projection.store([history().send(1.0)])
    lately = await read_overview(reader, WINDOWS["day"].since(later), later)
    assert (lately.nothing_yet, lately.total, lately.latest) == (False, 0, ())


def test_the_bar_is_filled_exactly_and_in_the_order_of_progress() -> None:
    counted = {Stage.UNKNOWN: 1, Stage.DELIVERED: 997, Stage.QUEUED: 1, Stage.REJECTED: 1}
    parts = shares(counted)
    assert [part.stage for part in parts] == [Stage.DELIVERED, Stage.QUEUED, Stage.REJECTED, Stage.UNKNOWN]
    assert sum(part.width for part in parts) == 1000
    assert all(part.start + part.width == after.start for part, after in pairwise(parts))
    assert shares({}) == ()


class HeldReader:
    """Answers when it is let, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = Counter()
        self.let = asyncio.Event()
        self.failing = False

    async def rows(self, name, _parameters=None):
        self.asked[name] += 1
        await self.let.wait()
        if self.failing:
            raise StoreUnavailable("it is away")
        return [{"events": 1}] if name == "any_event" else []


async def test_a_page_gets_what_there_was_while_figures_are_counted_once() -> None:
    reader, now = HeldReader(), [datetime(2026, 4, 1, tzinfo=UTC)]
    overviews = Overviews(reader, fresh_seconds=2, wait_seconds=0.05, clock=lambda: now[0])
    first = await asyncio.gather(*(overviews.current("day") for _ in range(5)))
    assert [overview.as_of for overview in first] == [None] * 5
    assert reader.asked == {"summary": 1}
    reader.let.set()
    assert (await overviews.current("day")).as_of == now[0]
    await overviews.current("day")
    assert reader.asked["summary"] == 1, "fresh figures are not counted again"

    now[0] += timedelta(seconds=3)
    reader.let.clear()
    assert (await overviews.current("day")).as_of == now[0] - timedelta(seconds=3)
    reader.let.set()
    reader.failing = True
    known = await overviews.current("day")
    assert (known.as_of, "it is away" in known.problem) == (now[0] - timedelta(seconds=3), True)
