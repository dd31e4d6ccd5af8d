# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse doubts`: the messages of which nobody can tell whether they were sent."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acuse.beginning import begin_task
from acuse.commands.asking import asking_kafka
from acuse.commands.options import Config, JsonLinesWherePiped, LocalData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.open_doubts import Doubt


def doubts(
    since: Annotated[
        datetime | None, typer.Option(help="In doubt from then on, in UTC; without it, all that Kafka knows of.")
    ] = None,
    as_json: JsonLinesWherePiped = False,
    data: LocalData = None,
    config: Config = None,
) -> None:
    """List the messages of which nobody can tell whether their provider took them.

    Look each up at its provider, and tell what you found with `acuse settle`.

    Example: `acuse doubts --data data`
    """
    from acuse.progress import progress_bar
    from acuse.sending.address import kafka_address
    from ingest.open_doubts import open_doubts

    servers = kafka_address(begin_task(config), data)
    from_then = since.replace(tzinfo=UTC) if since else None
    with asking_kafka(servers), progress_bar(Console(stderr=True), "Reading calls") as progress:
        found = asyncio.run(open_doubts(servers, since=from_then, progress=progress))
    _tell(found, Console(), as_json=as_json)


def _tell(found: "Sequence[Doubt]", console: Console, *, as_json: bool) -> None:
    import msgspec

    if as_json or not console.is_terminal:
        for doubt in found:
            sys.stdout.write(msgspec.json.encode(doubt).decode() + "\n")
        return
    if not found:
        console.print("Nothing is in doubt.", highlight=False)
        return
    table = Table("since (UTC)", "message", "step", "tries", "provider", "why", box=None, header_style="bold")
    for doubt in found:
        at = f"{doubt.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(at, doubt.message_id, str(doubt.step), str(doubt.tries), doubt.provider, escape(doubt.why))
    console.print(table, highlight=False)
