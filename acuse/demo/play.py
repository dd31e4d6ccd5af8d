"""The play itself: a burst, what came of it, and then a trickle."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from rich.console import Console
from rich.table import Table

from acuse.demo.burst import Played, play_burst
from acuse.demo.checks import Check, asked_after
from acuse.demo.failover import plan_table
from acuse.demo.figures import narrow_table, outcome_table, reason_table, rows_of
from acuse.demo.theatre import Theatre
from acuse.demo.wanted import run_name, wanted
from acuse.errors import Refusal
from acuse.local.stack import RunningStack

TRICKLE_MESSAGES: Final = 6
TRICKLE_SECONDS: Final = 2.0
ENDLESS: Final = 10**9


class Failed(Refusal):
    """What was read back is not what the providers say."""


async def play(
    running: RunningStack, simulators_url: str, console: Console, messages: int, seed: int, *, once: bool
) -> None:
    """Ends after the burst with ``once``, else never.

    Raises ``Failed`` where a check does not hold and ``once`` is asked for; else that is printed and it goes on.
    """
    theatre = Theatre(running, simulators_url, console)
    try:
        played = await play_burst(theatre, messages, seed)
        failed = _show(console, played)
        if once:
            if failed:
                raise Failed(f"{len(failed)} checks do not hold: {', '.join(check.title for check in failed)}")
            return
        console.print(f"\nA few messages a second go on being sent. Look at [bold]{running.dashboards_url}[/]")
        console.print(f"What the providers say: {simulators_url}/_simulator/messages", highlight=False)
        console.print("Ctrl-C stops it all.")
        await _trickle(theatre, seed)
    finally:
        theatre.close()


def _show(console: Console, played: Played) -> list[Check]:
    """Returns the checks that do not hold."""
    console.print(_summary(played), highlight=False)
    rows = rows_of(played.burst.tried)
    console.print(outcome_table(rows))
    console.print("~ by our receipts, since the provider's clock does not say", style="dim", highlight=False)
    console.print(reason_table(rows))
    if played.burst.report:
        console.print(plan_table(played.burst.report))
    lost, found_out = asked_after(played.burst)
    console.print(
        f"Of {lost:,} the receipt that told the end was lost; of {found_out:,} the provider has told it when asked.\n",
        highlight=False,
    )
    if played.burst.doubts:
        console.print(
            f"In doubt, since no whole answer came: {len(played.burst.in_doubt):,} (`acuse doubts` lists them).\n"
        )
    console.print(_check_table(played.checks))
    failed = [check for check in played.checks if not check.holds]
    if failed:
        console.print(f"[bold red]{len(failed)} checks do not hold.[/]")
    return failed


async def _trickle(theatre: Theatre, seed: int) -> None:
    """A few messages, over and over. What the stack refuses to take ends it."""
    messages = wanted(messages=ENDLESS, seed=seed + 1, run=run_name(datetime.now(UTC)))
    while True:
        await theatre.application().have_sent(list(islice(messages, TRICKLE_MESSAGES)), _at_once)
        await asyncio.sleep(TRICKLE_SECONDS)


async def _at_once(_: int) -> None:
    """Nobody waits for so few."""


def _summary(played: Played) -> str:
    burst = played.burst
    again = f", {played.tries_again:,} requests tried again" if played.tries_again else ""
    sent = len(burst.accepted)
    return (
        f"\n{sent:,} messages accepted in {played.accepted_seconds:.1f} s and sent to the providers in "
        f"{played.called_seconds:.1f} s ({sent / played.called_seconds:,.0f} a second{again}), {len(burst.reported):,} "
        f"sent by the application itself and reported, {played.callbacks:,} receipts and replies; read back and "
        f"checked after {played.seconds:.1f} s. Run {played.run}.\n"
    )


def _check_table(checks: Sequence[Check]) -> Table:
    table = narrow_table("What the providers say, and what was read back")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("theirs", justify="right")
    table.add_column("read back", justify="right")
    for check in checks:
        mark = "[green]✓[/]" if check.holds else "[bold red]✗[/]"
        table.add_row(mark, check.title, check.truth, check.stored)
    return table
