"""The play itself: a burst, what came of it, and then a trickle."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from acuse.demo.checks import Check, check_attempts, check_details, check_records, stands, worth_a_look
from acuse.demo.figures import narrow_table, outcome_table, reason_table, rows_of
from acuse.demo.http_client import HttpClient
from acuse.demo.poster import AT_ONCE, Poster, Tally
from acuse.demo.readback import READERS, Found, QueryApi, SinkCounts, sink_counts
from acuse.demo.script import World
from acuse.demo.world import make_world
from acuse.errors import Refusal
from acuse.local.ports import HOST
from acuse.local.stack import RunningStack

TIMEOUT_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 60.0
"""How long nothing new may become visible before the wait is given up."""
POLL_SECONDS: Final = 0.25
LOOKED_AT: Final = 400
TRICKLE_MESSAGES: Final = 6
TRICKLE_SECONDS: Final = 2.0


class Failed(Refusal):
    """What was read back is not what was posted."""


@dataclass(slots=True)
class _Stage:
    """What the play is played with. Use as a context manager."""

    ingest: HttpClient
    dashboards: HttpClient
    sink: HttpClient
    api: QueryApi
    poster: Poster
    console: Console
    progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )

    def close(self) -> None:
        for client in (self.ingest, self.dashboards, self.sink):
            client.close()


async def play(running: RunningStack, console: Console, messages: int, seed: int, *, once: bool) -> None:
    """Ends after the burst with ``once``, else never.

    Raises ``Failed`` where a check does not hold and ``once`` is asked for; else that is printed and it goes on.
    """
    stage = _stage(running, console)
    try:
        failed = await _burst(stage, messages, seed)
        if once:
            if failed:
                raise Failed(f"{len(failed)} checks do not hold: {', '.join(check.title for check in failed)}")
            return
        console.print(f"\nA few messages a second go on coming in. Look at [bold]{running.dashboards_url}[/]")
        console.print("Ctrl-C stops it all.")
        await _trickle(stage, seed)
    finally:
        stage.close()


async def _burst(stage: _Stage, messages: int, seed: int) -> list[Check]:
    """Posts, waits, reads back, prints. Returns the checks that do not hold."""
    began = time.monotonic()
    with stage.progress:
        making = stage.progress.add_task("Making up messages", total=None)
        before = await _settled(stage)
        since = datetime.now(UTC)
        world = await asyncio.to_thread(make_world, messages=messages, seed=seed, at=since)
        stage.progress.remove_task(making)
        posting_took = await _post(stage, world)
        after, found = await _until_visible(stage, world, before, since)
        took = time.monotonic() - began
        looked_at = worth_a_look(world, LOOKED_AT)
        details = await stage.api.details(attempt.key for attempt in looked_at if attempt.key in found)
    tally = stage.poster.tally
    ours = [found[key] for key in world.expected if key in found]
    checks = [
        *check_records(world, before, after, tally.doubtful),
        *check_attempts(world, found, took),
        *check_details([attempt for attempt in looked_at if attempt.key in details], details, tally.doubtful),
    ]
    stage.console.print(_summary(world, tally, posting_took, took), highlight=False)
    rows = rows_of(ours)
    stage.console.print(outcome_table(rows))
    stage.console.print("~ by our receipts, since the provider's clock does not say", style="dim", highlight=False)
    stage.console.print(reason_table(rows))
    stage.console.print(_oddities(world), highlight=False)
    stage.console.print(_check_table(checks))
    failed = [check for check in checks if not check.holds]
    if failed:
        stage.console.print(f"[bold red]{len(failed)} checks do not hold.[/]")
    return failed


async def _settled(stage: _Stage) -> SinkCounts:
    """What is stored before anything is posted, once what a run before this one left in Kafka is stored too."""
    patience = _Patience(PATIENCE_SECONDS)
    counts = await sink_counts(stage.sink)
    while patience.lasts(counts.events):
        await asyncio.sleep(POLL_SECONDS)
        counts, earlier = await sink_counts(stage.sink), counts
        if counts.lag == 0 and counts == earlier:
            break
    return counts


async def _post(stage: _Stage, world: World) -> float:
    """Seconds that it took until the last request was acknowledged."""
    began = time.monotonic()
    task = stage.progress.add_task("Posting as five providers", total=len(world.posts))
    await stage.poster.post(world.posts, lambda _: stage.progress.advance(task))
    stage.progress.remove_task(task)
    return time.monotonic() - began


async def _until_visible(
    stage: _Stage, world: World, before: SinkCounts, since: datetime
) -> tuple[SinkCounts, dict[str, Found]]:
    """Waits until all that was acknowledged can be read, or nothing new can for ``PATIENCE_SECONDS``."""
    task = stage.progress.add_task("Becoming visible", total=world.records)
    patience = _Patience(PATIENCE_SECONDS)
    after = before
    while (after.events - before.events) < world.records and patience.lasts(after.events):
        await asyncio.sleep(POLL_SECONDS)
        after = await sink_counts(stage.sink)
        stage.progress.update(task, completed=after.events - before.events)
    stage.progress.update(task, description="Reading back", total=len(world.expected), completed=0)
    found: dict[str, Found] = {}
    standing = 0
    while standing < len(world.expected) and patience.lasts(standing):
        found = await stage.api.attempts(since, lambda count: stage.progress.update(task, completed=count))
        standing = sum(stands(attempt, found.get(key)) for key, attempt in world.expected.items())
        if standing < len(world.expected):
            await asyncio.sleep(0.5)
    stage.progress.remove_task(task)
    return await sink_counts(stage.sink), found


@dataclass(slots=True)
class _Patience:
    """Lasts while the figure that it is shown still grows, and ``seconds`` longer."""

    seconds: float
    _best: int = -1
    _until: float = 0.0

    def lasts(self, figure: int) -> bool:
        now = time.monotonic()
        if figure != self._best:
            self._best = figure
            self._until = now + self.seconds
        return now < self._until


async def _trickle(stage: _Stage, seed: int) -> None:
    """A few messages, over and over. What the stack refuses to take ends it."""
    number = seed
    while True:
        number += 1
        world = make_world(messages=TRICKLE_MESSAGES, seed=number, at=datetime.now(UTC))
        await stage.poster.post(world.posts, lambda _: None)
        await asyncio.sleep(TRICKLE_SECONDS)


def _stage(running: RunningStack, console: Console) -> _Stage:
    ingest = _client(running.ingest_url, AT_ONCE)
    dashboards = _client(running.dashboards_url, READERS)
    return _Stage(
        ingest=ingest,
        dashboards=dashboards,
        sink=_client(running.sink_url, 1),
        api=QueryApi(dashboards, running.credentials.api_token),
        poster=Poster(ingest, running.credentials),
        console=console,
    )


def _client(url: str, connections: int) -> HttpClient:
    address = urlsplit(url)
    return HttpClient(
        address.hostname or HOST, address.port or 80, connections=connections, timeout_seconds=TIMEOUT_SECONDS
    )


def _summary(world: World, tally: Tally, posting_took: float, took: float) -> str:
    rate = tally.requests / posting_took
    again = f", {tally.tries_again:,} tried again" if tally.tries_again else ""
    return (
        f"\n{world.messages:,} messages in {tally.requests:,} acknowledged requests ({rate:,.0f} a second{again}), "
        f"{tally.records:,} events; all visible {took:.1f} s after the first was made up. Run {world.run}."
    )


def _oddities(world: World) -> str:
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(world.oddities.items()) if count)
    return f"Among them: {told}, unreadable {world.garbage:,}, written by people {world.inbound:,}.\n"


def _check_table(checks: Sequence[Check]) -> Table:
    table = narrow_table("Posted, and read back")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("posted", justify="right")
    table.add_column("read back", justify="right")
    for check in checks:
        mark = "[green]✓[/]" if check.holds else "[bold red]✗[/]"
        table.add_row(mark, check.title, check.posted, check.stored)
    return table
