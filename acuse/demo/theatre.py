"""Where the demo is played: the ways to every part of the stack and to the simulated providers, and the screen."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from acuse.demo.application import AT_ONCE, Application
from acuse.demo.edge import Edge
from acuse.demo.http_client import HttpClient
from acuse.demo.ledger import Ledger
from acuse.demo.readback import READERS, QueryApi
from acuse.demo.simulated import accounts
from acuse.local.ports import HOST
from acuse.local.stack import RunningStack

TIMEOUT_SECONDS: Final = 30.0
STRAYS_TOO: Final = 2


@dataclass(slots=True)
class Theatre:
    """``close`` it when the play is over."""

    running: RunningStack
    simulators_url: str
    console: Console
    edge: Edge = field(init=False)
    api: QueryApi = field(init=False)
    ledger: Ledger = field(init=False)
    sink: HttpClient = field(init=False)
    dispatch: HttpClient = field(init=False)
    progress: Progress = field(init=False)
    _clients: list[HttpClient] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        running = self.running
        self.edge = Edge(self._client(running.ingest_url, AT_ONCE + STRAYS_TOO), running.credentials)
        self.api = QueryApi(self._client(running.dashboards_url, READERS), running.credentials.api_token)
        self.ledger = Ledger(self._client(self.simulators_url, 1))
        self.sink = self._client(running.sink_url, 1)
        self.dispatch = self._client(running.dispatch_url, 2)
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )

    def application(self) -> Application:
        running = self.running
        return Application(self.edge, accounts(self.simulators_url, running.ingest_url, running.credentials))

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _client(self, url: str, connections: int) -> HttpClient:
        address = urlsplit(url)
        client = HttpClient(
            address.hostname or HOST, address.port or 80, connections=connections, timeout_seconds=TIMEOUT_SECONDS
        )
        self._clients.append(client)
        return client
