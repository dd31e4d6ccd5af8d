"""What `acuse up` shows: what it is doing, what happened, and where everything is."""

import json
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from acuse.local.credentials import FILE
from acuse.local.stack import RunningStack

EXAMPLE: Final = {
    "Servicio": "SMSMASIVO",
    "Resultado": "11",
    "Remitente": "ACUSE",
    "Movil": "34600000000",
    "Fecha": "2026-01-15 11:14:24",
    "Segundos": "3",
    "idMensaje": "10573758",
    "Referencia": "",
    "idReport": "1234567890",
}
"""A Mensatek delivery report: delivered, three seconds after it was sent."""


class ConsoleReporter:
    """A line that moves for the step under way, and lines that stay for what happened. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._sentence = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.done()

    def step(self, sentence: str) -> None:
        self.done()
        self._sentence = sentence
        self._task = self._progress.add_task(sentence, total=None)
        self._progress.start()
        if not self._console.is_terminal:
            self._console.print(f"{sentence} …", highlight=False)

    def done(self) -> None:
        """The step is over."""
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
        self._progress.stop()

    def fetched(self, done: int, total: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, description=f"{self._sentence} (its jars)", completed=done, total=total)

    def waiting(self, troubles: dict[str, str]) -> None:
        if self._task is not None and troubles:
            self._progress.update(self._task, description=f"Waiting for {', '.join(troubles)}")

    def happened(self, sentence: str, details: str) -> None:
        self._console.print(f"[yellow]{escape(sentence)}[/]", highlight=False)
        if details:
            self._console.print(escape(details), style="dim", highlight=False)


def panel(stack: RunningStack) -> Panel:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("Dashboards and query API", stack.dashboards_url)
    table.add_row("Webhooks", f"{stack.ingest_url}/webhooks/{{{','.join(stack.credentials.webhooks)}}}")
    table.add_row("Send API", f"{stack.ingest_url}/v1/messages")
    table.add_row("API token", stack.credentials.api_token)
    table.add_row("Webhook credentials", str(stack.data / FILE))
    table.add_row("Kafka", stack.bootstrap_servers)
    table.add_row("Data and logs", f"{stack.data}, {stack.data / 'logs'}")
    return Panel(table, title="Acuse is running", subtitle="Ctrl-C stops it", border_style="green", expand=False)


def example_command(stack: RunningStack) -> str:
    """A delivery report, as Mensatek would post it, for a shell."""
    webhook = stack.credentials.webhooks["mensatek"]
    return (
        f"curl -i -u '{webhook.username}:{webhook.password}' -H 'Content-Type: application/json' "
        f"-d '{json.dumps(EXAMPLE)}' {stack.ingest_url}/webhooks/mensatek"
    )
