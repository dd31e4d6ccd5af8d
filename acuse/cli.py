# ruff: noqa: PLC0415 - each command imports its own parts when run, so that --help is quick
"""The `acuse` command."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from acuse.beginning import begin_task
from acuse.commands import roles
from acuse.commands.doubts import doubts
from acuse.commands.grafana import grafana
from acuse.commands.notices import app as notices_app
from acuse.commands.options import Config, LocalData
from acuse.commands.plan import app as plan_app
from acuse.commands.provider import app as provider_app
from acuse.commands.send import send
from acuse.commands.settle import settle
from acuse.commands.simulate import simulate
from acuse.commands.user import app as user_app
from acuse.errors import Refusal

DEFAULT_DATA: Final = Path("data")
DEMO_DATA: Final = Path("demo-data")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # its tracebacks show local variables, secrets among them
    help=(
        "Acuse tracks what became of every SMS, voice call, Viber and WhatsApp message.\n\n"
        "Start with `acuse up`: the whole of it on this machine, with a real Kafka and an embedded ClickHouse. In "
        "production each role is a process of its own (`acuse ingest`, `stream`, `dispatch`, `sink`, `dashboards`), "
        "after `acuse topics` and `acuse migrate` have run once. `acuse settings` prints every setting; `acuse "
        "doctor` says what is wrong, and what to do."
    ),
)
replay = typer.Typer(no_args_is_help=True, help="Read again what could not be read when it came.")
app.add_typer(replay, name="replay", rich_help_panel="Now and then")

app.add_typer(plan_app, name="plan", rich_help_panel="Sending")

app.add_typer(notices_app, name="notices", rich_help_panel="Sending")
app.add_typer(provider_app, name="provider", rich_help_panel="Now and then")
app.add_typer(user_app, name="user", rich_help_panel="Now and then")

ROLE: Final = "Roles, each a process of its own"
LOCAL: Final = "On this machine"
SENDING: Final = "Sending"
ONCE: Final = "Now and then"

Data = Annotated[Path, typer.Option(help="The local stack's directory: records, projection, credentials, logs.")]
IngestPort = Annotated[int | None, typer.Option(min=1, max=65535, help="Of webhooks and send API; 8090 unless set.")]
DashboardsPort = Annotated[int | None, typer.Option(min=1, max=65535, help="Of pages and query API; 8080 unless set.")]
BrokerPort = Annotated[int | None, typer.Option(min=1, max=65535, help="Of Kafka; 9092 unless set.")]


@app.command(rich_help_panel=LOCAL)
def up(
    data: Data = DEFAULT_DATA,
    config: Config = None,
    ingest_port: IngestPort = None,
    dashboards_port: DashboardsPort = None,
    broker_port: BrokerPort = None,
) -> None:
    """Run everything on this machine, until Ctrl-C.

    Starts a real Apache Kafka, creates the topics, migrates an embedded ClickHouse, runs every role and restarts what
    dies. The first start fetches Kafka (43 MB); later ones need no network. Everything is kept under --data, and the
    next start goes on where this one was, however it ended.

    Example: `acuse up --data data --ingest-port 8090`
    """
    from acuse.local.stack import StackOptions
    from acuse.local.up import up as run_up

    options = StackOptions(
        data=data,
        config=config,
        ingest_port=ingest_port,
        dashboards_port=dashboards_port,
        broker_port=broker_port,
    )
    run_up(options, Console())


@app.command(rich_help_panel=LOCAL)
def demo(
    data: Annotated[Path, typer.Option(help="The demo's own directory.")] = DEMO_DATA,
    config: Config = None,
    messages: Annotated[int, typer.Option(min=1, help="How many messages the burst is made of.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another one is another story.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="Stop after the burst; end with 1 if a check fails.")] = False,
    ingest_port: IngestPort = None,
    dashboards_port: DashboardsPort = None,
    broker_port: BrokerPort = None,
    simulators_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Of the simulated providers; a free one unless set.")
    ] = None,
) -> None:
    """See it work: 20,000 messages through a local stack to five simulated providers, and their receipts back.

    All of it is real HTTP, with all that goes wrong in the field. Prints what became of the messages, read back from
    ClickHouse and checked against what the providers say themselves, and goes on at a trickle until Ctrl-C, for you to
    look at the dashboards.

    Example: `acuse demo --messages 5000`
    """
    from acuse.demo.command import DemoOptions
    from acuse.demo.command import demo as run_demo

    run_demo(
        DemoOptions(
            messages=messages,
            seed=seed,
            once=once,
            data=data,
            config=config,
            ingest_port=ingest_port,
            dashboards_port=dashboards_port,
            broker_port=broker_port,
            simulators_port=simulators_port,
        )
    )


app.command(rich_help_panel=LOCAL)(simulate)

app.command(rich_help_panel=SENDING)(send)
app.command(rich_help_panel=SENDING)(doubts)
app.command(rich_help_panel=SENDING)(settle)

app.command(rich_help_panel=ONCE)(grafana)

app.command(rich_help_panel=ROLE)(roles.ingest)
app.command(rich_help_panel=ROLE)(roles.stream)
app.command(rich_help_panel=ROLE)(roles.dispatch)
app.command(rich_help_panel=ROLE)(roles.sink)
app.command(rich_help_panel=ROLE)(roles.dashboards)
app.command(hidden=True)(roles.projection)


@app.command(rich_help_panel=ONCE)
def topics(config: Config = None) -> None:
    """Create the topics that are missing, and check those that are there.

    One that exists otherwise than declared is named and left alone. May be run again at any time.

    Example: `ACUSE_KAFKA__REPLICATION_FACTOR=3 acuse topics`
    """
    settings = begin_task(config)
    from acuse.operations import create_topics

    create_topics(settings, Console())


@app.command(rich_help_panel=ONCE)
def migrate(config: Config = None) -> None:
    """Bring ClickHouse's tables up to date. May be run again at any time.

    Example: `ACUSE_CLICKHOUSE__HOST=clickhouse acuse migrate`
    """
    settings = begin_task(config)
    from acuse.operations import migrate_and_tell

    migrate_and_tell(settings, Console())


@app.command(rich_help_panel=ONCE)
def doctor(config: Config = None, data: LocalData = None) -> None:
    """Look at everything Acuse relies on, and say what to do about what is wrong.

    Ends with 1 when something fails. With --data it looks at that local stack, running or not.

    Example: `acuse doctor --data data`
    """
    import logging

    from acuse.diagnosis import diagnose

    logging.disable()  # the findings say it better
    sys.exit(diagnose(config, data, Console()))


@app.command(rich_help_panel=ONCE)
def rebuild(config: Config = None, data: LocalData = None) -> None:
    """Drop what ClickHouse holds and make it anew from Kafka, to the same content.

    Stop the sinks first. Broken off, it can be run again, or the sink goes on from there. With --data it rebuilds
    that local stack, which must not run.

    Example: `acuse rebuild --data data`
    """
    settings = begin_task(config)
    from acuse.operations import rebuild_and_tell

    rebuild_and_tell(settings, data, Console())


@replay.command()
def unparsed(
    config: Config = None,
    provider: Annotated[str | None, typer.Option(help="Of this provider only.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received from then on, in UTC.")] = None,
) -> None:
    """Parse the payloads that were kept as unreadable, with today's code, and publish what they tell.

    Run it after a fix. Run again, it publishes nothing twice.

    Example: `acuse replay unparsed --provider mensatek --since 2026-01-31`
    """
    settings = begin_task(config)
    from acuse.operations import replay_and_tell

    replay_and_tell(settings, provider, since.replace(tzinfo=UTC) if since else None, Console())


@app.command(name="settings", rich_help_panel=ONCE)
def show_settings() -> None:
    """Print an acuse.toml with every key, its meaning, its default and its name in the environment.

    Example: `acuse settings > acuse.toml`
    """
    from acuse.settings_document import settings_document

    sys.stdout.write(settings_document())


@app.command(rich_help_panel=ONCE)
def version() -> None:
    """Print the version.

    Example: `acuse version`
    """
    from importlib.metadata import version as version_of

    sys.stdout.write(version_of("acuse") + "\n")


def main() -> NoReturn:
    """The `acuse` command; a refusal is one clear line and a non-zero exit."""
    try:
        app()
    except Refusal as refusal:
        console = Console(stderr=True)
        if refusal.details:
            console.print(escape(refusal.details), style="dim", highlight=False)
        for line in str(refusal).splitlines():
            console.print(f"[bold red]acuse:[/] {escape(line)}", highlight=False, soft_wrap=True)
        sys.exit(refusal.exit_code)
    sys.exit(0)
