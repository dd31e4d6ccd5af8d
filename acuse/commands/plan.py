# ruff: noqa: PLC0415 - the parts are imported when run, so that --help is quick
"""`acuse plan`: which plans there are, and what they do, in words."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acuse.beginning import begin_task
from acuse.commands.backtest import backtest
from acuse.commands.options import Config
from acuse.errors import Refusal

if TYPE_CHECKING:
    from acuse.plans.finding import Found
    from acuse.settings import Settings
    from ingest.plans.resolving import PlanBook

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True, help="Which plans there are, and what they do.")
app.command()(backtest)


@app.command(name="list")
def list_plans(
    toml: Annotated[
        bool, typer.Option("--toml", help="Print those that come with Acuse, explained, to be copied.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the plans that a message can name: those of the settings, and those that come with Acuse.

    Example: `acuse plan list`
    """
    import msgspec

    from acuse.configs import plan_book
    from acuse.plans.ready_made import ready_made_plans, ready_made_text

    if toml:
        sys.stdout.write(ready_made_text())
        return
    plans = plan_book(begin_task(config)).plans
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(dict(plans))).decode() + "\n")
        return
    table = Table("name", "steps", "what for", box=None, header_style="bold")
    for name, body in plans.items():
        own = "" if ready_made_plans().get(name) is body else " (yours)"
        table.add_row(escape(name + own), " → ".join(step.channel for step in body.steps), escape(body.about or "-"))
    Console().print(table, highlight=False)


@app.command()
def check(
    plan: Annotated[str, typer.Argument(help="A plan's name, or a .toml or .json file with one or more.")],
    to: Annotated[
        str | None, typer.Option(help="A number in E.164: tells who would send, at what cost, and when it is quiet.")
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="What the message says, with --to: text, template.name."),
    ] = None,
    config: Config = None,
) -> None:
    """Tell in words what a plan does, and what is wrong with it. Nothing is sent.

    Ends with 1 when no message could be sent by it. With --to it is checked as ingest would for such a message, on the
    accounts and at the prices of the settings.

    Example: `acuse plan check viber-sms --to +34600000000 --set text=Hola --set sender=ACME`
    """
    from acuse.configs import plan_book
    from acuse.plans.cautions import cautions, faults
    from acuse.plans.finding import found
    from acuse.plans.words import in_words
    from ingest.providers import PROVIDERS

    settings = begin_task(config)
    book = plan_book(settings)
    providers = {name: kind() for name, kind in PROVIDERS.items()}
    console = Console()
    wrong = []
    for one in found(plan, book.plans):
        heading = ": ".join(part for part in (one.name, one.body.about) if part)
        console.print(f"[bold]{escape(heading or plan)}[/]", highlight=False, soft_wrap=True)
        for line in in_words(one.body, book.prices.currency):
            console.print(escape(line), highlight=False, soft_wrap=True)
        for line in cautions(one.body, providers):
            console.print(escape(line), style="yellow", highlight=False, soft_wrap=True)
        wrong += [f"{one.name or plan}: {fault}" for fault in faults(one.body, providers)]
        if to is not None and not wrong:
            _tried(one, to, fields or [], settings, book, console)
    if wrong:
        raise Refusal("\n".join(wrong))


def _tried(plan: "Found", to: str, said: list[str], settings: "Settings", book: "PlanBook", console: Console) -> None:
    """What ingest would answer to a message by this plan."""
    import msgspec

    from acuse.configs import accounts
    from acuse.plans.trying import trial_lines
    from acuse.sending.fields import assignments, from_texts
    from ingest.invalid import InvalidField
    from ingest.message_ids import new_message_id
    from ingest.orders import Orders
    from ingest.providers import PROVIDERS
    from ingest.sending_accounts import SendingAccounts

    orders = Orders({name: kind() for name, kind in PROVIDERS.items()}, book)
    configured = SendingAccounts(orders.senders, accounts(settings))
    message_id, now = new_message_id(), datetime.now(UTC)
    try:
        message = {**from_texts({"to": to, **assignments(said)}), "plan": msgspec.to_builtins(plan.body)}
        asked = orders.read(
            msgspec.json.encode(message),
            now,
            lambda order, step: configured.check(order, message_id, now, step),
        )
    except InvalidField as error:
        raise Refusal(f"such a message is not accepted: {error}") from None
    for line in trial_lines(asked, now, book.prices.currency):
        console.print(escape(line), highlight=False, soft_wrap=True)
