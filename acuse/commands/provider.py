"""`acuse provider <name> <operation>`: what a provider does beside messages, on the account that the settings name.

The commands are made of the registry when they are asked for: an operation's parameters are its options.
"""

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
import typer.main
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from acuse.beginning import begin_task
from acuse.commands.options import Config, JsonWherePiped
from acuse.commands.struct_options import Parameter, asked_for, keyword, parameters_of
from acuse.errors import Refusal


class Operations(TyperGroup):
    """The operations of the provider that the group is named after."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_operations().get(self.name or "", {}))

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        provider = self.name or ""
        if cmd_name not in _operations().get(provider, {}):
            return None
        made = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        made.command(name=cmd_name)(_command(provider, cmd_name))
        command = typer.main.get_command(made)
        assert isinstance(command, TyperCommand)  # noqa: S101 - typer makes a lone command one
        return command


class Providers(TyperGroup):
    """The providers that have operations."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(_operations())

    def get_command(self, ctx: Any, cmd_name: str) -> TyperGroup | None:  # noqa: ARG002
        if cmd_name not in _operations():
            return None
        made = typer.Typer(cls=Operations, name=cmd_name, invoke_without_command=True, add_completion=False)

        @made.callback(help=f"What {cmd_name} does beside messages.")
        def _(ctx: typer.Context) -> None:
            if ctx.invoked_subcommand is None:
                _list(cmd_name)

        return typer.main.get_group(made)


app = typer.Typer(cls=Providers, invoke_without_command=True, add_completion=False, rich_markup_mode="markdown")


@app.callback()
def provider(ctx: typer.Context) -> None:
    """What providers do beside messages: credit, templates, files, contacts. Alone, it lists all that there is.

    Each is asked over the network, on the account of [providers.NAME] in the settings.

    Example: `acuse provider mensatek credit`
    """
    if ctx.invoked_subcommand is None:
        _list(None)


def _operations() -> Mapping[str, Mapping[str, Any]]:
    from ingest.provider import HasOperations  # noqa: PLC0415 - only when asked for, so that --help is quick
    from ingest.providers import PROVIDERS  # noqa: PLC0415

    made = {name: kind() for name, kind in PROVIDERS.items()}
    return {name: one.operations for name, one in made.items() if isinstance(one, HasOperations)}


def _list(only: str | None) -> None:
    table = Table("provider", "operation", "what it does", box=None, header_style="bold")
    for name, operations in _operations().items():
        if only in (None, name):
            for operation, said in operations.items():
                table.add_row(name, operation, escape(said.about))
    Console().print(table, highlight=False)


def _command(name: str, operation_name: str) -> Callable[..., None]:
    operation = _operations()[name][operation_name]
    parameters = parameters_of(operation.parameters)

    def run(*, config: Path | None, json: bool, **given: Any) -> None:
        asked = asked_for(operation.parameters, parameters, given)
        shown = asyncio.run(_carried_out(name, operation, asked, config))
        _print(shown, as_json=json)

    ours = [keyword("config", Config, None), keyword("json", JsonWherePiped, default=False)]
    signature = inspect.Signature([*(parameter.option for parameter in parameters), *ours])
    run.__signature__ = signature  # type: ignore[attr-defined]  # how typer is told of options that data names
    run.__annotations__ = {option.name: option.annotation for option in signature.parameters.values()}
    run.__doc__ = f"{operation.about}\n\nExample: `acuse provider {name} {operation_name}{_required(parameters)}`"
    return run


def _required(parameters: Sequence[Parameter]) -> str:
    return "".join(
        f" --{parameter.field.replace('_', '-')} {parameter.field.upper()}"
        for parameter in parameters
        if parameter.option.default is inspect.Parameter.empty
    )


async def _carried_out(name: str, operation: Any, asked: Struct, config: Path | None) -> Any:
    from acuse.configs import accounts  # noqa: PLC0415 - only when run, so that --help is quick
    from ingest.accounts import NotConfigured  # noqa: PLC0415
    from ingest.caller import Caller  # noqa: PLC0415
    from ingest.operations import OperationFailed  # noqa: PLC0415
    from ingest.outbound import HttpAnswer  # noqa: PLC0415
    from ingest.providers import PROVIDERS  # noqa: PLC0415

    settings = begin_task(config)
    made: Any = PROVIDERS[name]()
    try:
        async with Caller(made, accounts(settings)[name]) as caller:
            answer = await caller.call(operation.call(asked))
        if not isinstance(answer, HttpAnswer):
            raise Refusal(f"{name}: {answer.text}")
        return operation.read(answer)
    except (NotConfigured, OperationFailed) as error:
        raise Refusal(str(error)) from None


def _print(shown: Any, *, as_json: bool) -> None:
    console = Console()
    if as_json or not console.is_terminal:
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
        return
    if not isinstance(shown, dict):
        console.print(_table(shown) if _are_rows(shown) else escape(json.dumps(shown, ensure_ascii=False)))
        return
    plain = {name: value for name, value in shown.items() if not isinstance(value, dict | list)}
    for name, value in plain.items():
        console.print(f"[bold]{escape(name)}[/] {escape('' if value is None else str(value))}", highlight=False)
    for name, value in shown.items():
        if name not in plain:
            rows = [{"name": key, "value": text} for key, text in value.items()] if isinstance(value, dict) else value
            console.print(f"[bold]{escape(name)}[/]", highlight=False)
            console.print(_table(rows) if _are_rows(rows) else escape(json.dumps(rows, ensure_ascii=False)))


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(escape("" if row.get(name) is None else str(row[name])) for name in columns))
    return table
