# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse notices`: what the caller's application was told, and whether it took it."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acuse.beginning import begin_task
from acuse.commands.asking import asking_kafka
from acuse.commands.options import Config, JsonLinesWherePiped, LocalData
from acuse.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from acuse.settings import Settings
    from delivery.notices import Notice

Since = Annotated[
    datetime | None, typer.Option(help="Written from then on, in UTC; without it, all that Kafka has (a month).")
]

Got = TypeVar("Got")

app = typer.Typer(invoke_without_command=True, rich_markup_mode="markdown")


@app.callback()
def notices(
    ctx: typer.Context,
    dead: Annotated[bool, typer.Option("--dead", help="Those that were not taken in the end, and not later.")] = False,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 100,
    as_json: JsonLinesWherePiped = False,
    data: LocalData = None,
    config: Config = None,
) -> None:
    """What your application was told of messages, and whether it took it: alone, it lists the newest.

    Example: `acuse notices --dead --since 2026-11-22`
    """
    if ctx.invoked_subcommand is not None:
        return
    from acuse.progress import progress_bar
    from ingest.notify.listing import dead_letters, latest_notices

    _, servers = _begin(config, data)
    from_then = _utc(since)
    with progress_bar(Console(stderr=True), "Reading notices") as progress:
        if dead:
            letters = _asked(dead_letters(servers, since=from_then, progress=progress), servers)
            found, more = letters.notices[-limit:], letters.more or len(letters.notices) > limit
        else:
            found = _asked(latest_notices(servers, limit=limit, since=from_then, progress=progress), servers)
            more = len(found) == limit
    _tell(found, Console(), as_json=as_json)
    if more:
        Console(stderr=True).print("There may be more: raise --limit, or narrow --since.", highlight=False)


@app.command()
def resend(
    ids: Annotated[list[str] | None, typer.Argument(help="The notices' ids, as `acuse notices` lists them.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were not taken in the end, the oldest first.")] = False,
    since: Since = None,
    as_json: JsonLinesWherePiped = False,
    data: LocalData = None,
    config: Config = None,
) -> None:
    """Send notices once more, each under the id that it had, to where [notify] url says now.

    Each is tried once. Ends with 1 where one was not taken.

    Example: `acuse notices resend --dead --since 2026-11-22`
    """
    from acuse.configs import notify_config
    from ingest.notify.resending import resend as send_again

    if bool(ids) == dead:
        raise Refusal("name the notices' ids, or say --dead")
    settings, servers = _begin(config, data)
    where = notify_config(settings)
    if where is None:
        raise Refusal("no url: set [notify] url and secrets")
    found, more = (_named(ids, servers), False) if ids else _dead(since, servers)
    ended: list[Notice] = []
    there = replace(where, bootstrap_servers=servers)
    left = _asked(send_again(there, found, told=ended.append), servers)
    _tell(ended, Console(), as_json=as_json)
    dead_again = sum(notice.result == "dead" for notice in ended)
    said = f"{len(ended) - dead_again} taken, {dead_again} not"
    said += f", {left} not tried since your application is not well" if left else ""
    Console(stderr=True).print(said + (", and more to come: run it again" if more else ""), highlight=False)
    if dead_again or left:
        sys.exit(1)


@app.command()
def secret() -> None:
    """Print a new secret for [notify] secrets, and for the library that verifies at your application.

    Example: `acuse notices secret`
    """
    from ingest.notify.signing import new_secret

    sys.stdout.write(new_secret() + "\n")


@app.command()
def schema() -> None:
    """Print the JSON Schema of what notices say.

    Example: `acuse notices schema > notices.schema.json`
    """
    from ingest.notify.bodies import body_schema

    sys.stdout.write(json.dumps(body_schema(), indent=2) + "\n")


def _begin(config: Any, data: Any) -> "tuple[Settings, str]":
    from acuse.sending.address import kafka_address

    settings = begin_task(config)
    return settings, kafka_address(settings, data)


def _named(ids: "Sequence[str]", servers: str) -> "Sequence[Notice]":
    from ingest.notify.listing import notices_by_id

    found = _asked(notices_by_id(servers, ids), servers)
    if unknown := set(ids) - {notice.notice_id for notice in found}:
        raise Refusal(f"unknown: {', '.join(sorted(unknown))}; `acuse notices` lists those of the last month")
    return found


def _dead(since: datetime | None, servers: str) -> "tuple[Sequence[Notice], bool]":
    """And whether there are more than are held at one time."""
    from ingest.notify.listing import dead_letters

    letters = _asked(dead_letters(servers, since=_utc(since)), servers)
    return letters.notices, letters.more


def _utc(since: datetime | None) -> datetime | None:
    return since.replace(tzinfo=UTC) if since else None


def _asked(question: Coroutine[Any, Any, Got], servers: str) -> Got:
    with asking_kafka(servers):
        return asyncio.run(question)


def _tell(found: "Sequence[Notice]", console: Console, *, as_json: bool) -> None:
    import msgspec

    if as_json or not console.is_terminal:
        for notice in found:
            sys.stdout.write(msgspec.json.encode(notice).decode() + "\n")
        return
    if not found:
        console.print("None.", highlight=False)
        return
    table = Table("at (UTC)", "notice", "type", "message", "result", "tries", "why", box=None, header_style="bold")
    for notice in found:
        at = f"{notice.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        said = (notice.type, notice.message_id or "", notice.result, str(notice.tries), escape(notice.why))
        table.add_row(at, notice.notice_id, *said)
    console.print(table, highlight=False)
