# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse plan backtest`: what a plan would have done with the messages of the past."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from acuse.beginning import begin_task
from acuse.commands.asking import asking_kafka
from acuse.commands.options import Config, JsonWherePiped
from acuse.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from acuse.backtest.archive import Period
    from acuse.backtest.report import Report
    from acuse.backtest.running import Asked
    from acuse.plans.finding import Found
    from ingest.plans.body import PlanBody
    from ingest.plans.prices import Prices

LONGEST_TTL_SECONDS: Final = 7 * 86_400
MOST_TTLS: Final = 10


def backtest(
    plan: Annotated[str, typer.Argument(help="A plan's name, or a .toml or .json file with one.")],
    begins: Annotated[datetime, typer.Option("--from", help="Messages asked for from then on, in UTC.")],
    ends: Annotated[
        datetime | None, typer.Option("--to", help="Messages asked for before then, in UTC; now, unless told.")
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="Only messages that were sent by the plan of this name; all, unless told.")
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option(help="Seconds to try as the ttl of every step but the last, beside the plan's own: 30,60,120."),
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, max=100, help="How often to draw the fates of what was not really sent.")
    ] = 5,
    messages: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Look at about as many at the most: always the same ones.")
    ] = 20_000,
    as_json: JsonWherePiped = False,
    data: Annotated[Path | None, typer.Option(help="A local stack's directory, to read that stack's record.")] = None,
    config: Config = None,
) -> None:
    """Tell what a plan would have done with the messages of the past, beside what really happened to them.

    Reads Kafka's record and decides again by the same rules. What really was sent has the fate that it had; what was
    not is drawn from what the same provider made of others on the same channel, to the same country where there are
    enough. Costs are the settings' prices. Nothing is sent, and nobody who works is disturbed.

    Example: `acuse plan backtest viber-sms --from 2026-03-01 --to 2026-03-08 --ttl 30,60,120 --data data`
    """
    from acuse.backtest.running import Asked
    from acuse.configs import plan_book
    from acuse.sending.address import kafka_address

    settings = begin_task(config)
    book = plan_book(settings)
    one = _one_plan(plan, book.plans)
    asked = Asked(
        plan=one.name or plan,
        period=_period(begins, ends, timedelta(hours=settings.tracking.receipt_window_hours))._replace(of=of),
        ttls=_ttls(ttl),
        seeds=seeds,
        most=messages,
        currency=book.prices.currency,
    )
    _tell(_reported(kafka_address(settings, data), asked, one, book.prices), Console(), as_json=as_json)


def _reported(servers: str, asked: "Asked", one: "Found", prices: "Prices") -> "Report":
    from acuse.backtest.outline import Outline
    from acuse.backtest.running import backtest as run
    from acuse.progress import progress_bar
    from ingest.providers import PROVIDERS

    outline = Outline(one.name, one.body, prices, {name: kind() for name, kind in PROVIDERS.items()})
    with asking_kafka(servers), progress_bar(Console(stderr=True), "Reading the record") as progress:
        return asyncio.run(run(servers, asked, outline, progress))


def _tell(report: "Report", console: Console, *, as_json: bool) -> None:
    import msgspec

    from acuse.backtest.table import tell

    if as_json or not console.is_terminal:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    else:
        tell(report, console)


def _one_plan(said: str, known: "Mapping[str, PlanBody]") -> "Found":
    from acuse.plans.finding import found

    plans = found(said, known)
    if len(plans) > 1:
        names = ", ".join(each.name for each in plans)
        raise Refusal(f"{said}: has several plans ({names}); put one into a file of its own, or into the settings")
    return plans[0]


def _period(begins: datetime, ends: datetime | None, window: timedelta) -> "Period":
    from acuse.backtest.archive import Period

    now = datetime.now(UTC)
    since = begins.replace(tzinfo=UTC)
    until = min(ends.replace(tzinfo=UTC) if ends else now, now)
    if until <= since:
        raise Refusal(f"--to {until:%Y-%m-%dT%H:%M:%S}: not after --from; give a later time, in UTC")
    return Period(since, until, min(until + window, now))


def _ttls(said: str | None) -> list[int | None]:
    """The plan's own first."""
    ttls: list[int | None] = [None]
    for part in (said or "").split(","):
        text = part.strip()
        if not text:
            continue
        if not text.isdecimal() or not 1 <= int(text) <= LONGEST_TTL_SECONDS:
            raise Refusal(f"--ttl {text}: give seconds from 1 to {LONGEST_TTL_SECONDS}, with commas between: 30,60,120")
        if int(text) not in ttls:
            ttls.append(int(text))
    if len(ttls) > MOST_TTLS + 1:
        raise Refusal(f"--ttl: give at most {MOST_TTLS} of them")
    return ttls
