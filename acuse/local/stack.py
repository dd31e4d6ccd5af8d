"""The local stack: a real Kafka, every role and an embedded ClickHouse, in one directory and under one supervisor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Protocol

import msgspec

from acuse.local.broker import Broker
from acuse.local.companion import Companion, MakeCompanion, Surroundings
from acuse.local.credentials import Credentials, Webhook, credentials_in
from acuse.local.directory import StackDirectory
from acuse.local.errors import StackError
from acuse.local.people import admin_in
from acuse.local.plan import (
    KAFKA,
    ROLES,
    Ports,
    companion_spec,
    reachable,
    role_environment,
    specs,
    stop_order,
)
from acuse.local.ports import HOST, free_port, is_free
from acuse.local.supervisor import RestartPolicy, Supervisor, end_stale
from acuse.settings import Settings, load_settings, settings_file
from acuse.topics import ensure_topics
from ingest.provider import ReceivesWebhooks
from ingest.providers import PROVIDERS

BROKER_PORT: Final = 9092


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """``data`` keeps everything. Ports that are None come from the settings (``config``, or as ``load_settings`` has
    it); the broker's is 9092 then. ``companion`` makes the one more process that is to run beside the roles.
    """

    data: Path
    config: Path | None = None
    ingest_port: int | None = None
    dashboards_port: int | None = None
    broker_port: int | None = None
    companion: MakeCompanion | None = None


class Reporter(Protocol):
    """Whom the stack tells what it does."""

    def step(self, sentence: str) -> None:
        """Begun now; the next step or ``done`` ends it."""

    def fetched(self, done: int, total: int) -> None:
        """So many of Kafka's jars are there."""

    def waiting(self, troubles: dict[str, str]) -> None:
        """Who is not ready yet, and why."""

    def happened(self, sentence: str, details: str) -> None:
        """``details`` are log lines, or nothing."""


@dataclass(frozen=True)
class RunningStack:
    """What is where, while it runs."""

    data: Path
    ingest_url: str
    dashboards_url: str
    sink_url: str
    """Serves the sink's health and metrics."""
    dispatch_url: str
    """Serves the dispatcher's."""
    bootstrap_servers: str
    credentials: Credentials
    until_failed: Callable[[], "asyncio.Future[NoReturn]"]
    """Awaited, it raises a ``Refusal`` when the stack gives up; until then it waits."""


class LocalStack:
    """``with stack.prepared():`` blocks, then ``async with stack.running() as running:`` inside it.

    Both raise a ``Refusal`` with one line for who started it. The loop must be the main
    thread's: on Linux the processes end with the thread that started them.
    """

    def __init__(self, options: StackOptions, reporter: Reporter, policy: RestartPolicy | None = None) -> None:
        self._config = settings_file(options.config)
        self._settings = load_settings(options.config)
        self._options = options
        self._reporter = reporter
        self._policy = policy
        self._directory = StackDirectory(options.data)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Holds the directory; ends what a killed stack left, checks disk and ports, fetches and formats Kafka."""
        with self._directory.locked():
            try:
                if left := end_stale(self._directory.children):
                    names = ", ".join(record.name for record in left)
                    self._reporter.happened(f"ended what a killed stack had left running: {names}", "")
                self._directory.require_space()
                self._ports = _ports(self._options, self._settings)
                self._credentials = _effective(self._settings, self._directory)
                own = self._settings.dashboards.users
                self._admin = None if own else admin_in(self._directory.root, self._reporter.happened)
                self._broker = Broker(self._directory.kafka, self._ports.broker)
                self._reporter.step("Preparing Kafka")
                self._broker.prepare(self._reporter.fetched)
                self._directory.ports.write_bytes(msgspec.json.encode(self._ports))
            except OSError as error:
                raise StackError(self._directory.out_of_space() or f"{self._directory.root}: {error}") from error
            yield

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RunningStack]:
        """Everything is ready inside the block, and nothing runs after it."""
        companion = self._companion()
        environment = role_environment(
            self._directory, self._ports, self._credentials, self._settings, self._config, companion, self._admin
        )
        children = specs(self._directory, self._ports, self._broker, self._settings, environment)
        if companion:
            children.append(companion_spec(companion, self._directory, environment))
        supervisor = Supervisor(
            children,
            stop_order=stop_order(companion),
            records=self._directory.children,
            tell=self._reporter.happened,
            hopeless=self._directory.out_of_space,
            policy=self._policy,
        )
        try:
            await self._start(supervisor, companion)
            yield self._as_running(supervisor)
        finally:
            self._reporter.step("Stopping")
            await supervisor.stop()

    def _companion(self) -> Companion | None:
        make = self._options.companion
        ingest_url = reachable(self._settings.ingest.host, self._ports.ingest)
        around = Surroundings(root=self._directory.root, ingest_url=ingest_url, credentials=self._credentials)
        return make(around) if make else None

    async def _start(self, supervisor: Supervisor, companion: Companion | None) -> None:
        self._reporter.step("Starting Kafka")
        supervisor.start(KAFKA)
        await supervisor.until_ready(KAFKA)
        self._reporter.step("Creating topics")
        await ensure_topics(self._broker.bootstrap_servers)
        self._reporter.step("Starting ingest, stream, dispatch, sink and dashboards")
        everybody = (*ROLES, companion.name) if companion else ROLES
        supervisor.start(*everybody)
        reporting = asyncio.create_task(self._report_waiting(supervisor))
        try:
            await supervisor.until_ready(*everybody)
        finally:
            reporting.cancel()

    async def _report_waiting(self, supervisor: Supervisor) -> None:
        while True:
            self._reporter.waiting(supervisor.waiting_for())
            await asyncio.sleep(0.5)

    def _as_running(self, supervisor: Supervisor) -> RunningStack:
        return RunningStack(
            data=self._directory.root,
            ingest_url=reachable(self._settings.ingest.host, self._ports.ingest),
            dashboards_url=reachable(self._settings.dashboards.host, self._ports.dashboards),
            sink_url=reachable(HOST, self._ports.sink),
            dispatch_url=reachable(HOST, self._ports.dispatch),
            bootstrap_servers=self._broker.bootstrap_servers,
            credentials=self._credentials,
            until_failed=lambda: asyncio.ensure_future(supervisor.until_failed()),
        )


def _ports(options: StackOptions, settings: Settings) -> Ports:
    """Raises ``StackError`` when one that was chosen is in use."""
    ingest = options.ingest_port or settings.ingest.port
    dashboards = options.dashboards_port or settings.dashboards.port
    broker = options.broker_port or BROKER_PORT
    chosen = [
        ("ingest", settings.ingest.host, ingest, "--ingest-port"),
        ("the dashboards", settings.dashboards.host, dashboards, "--dashboards-port"),
        ("Kafka", HOST, broker, "--broker-port"),
    ]
    for part, host, port, option in chosen:
        if not is_free(port, host):
            raise StackError(f"port {port} on {host}, meant for {part}, is in use; choose another with {option}")
    if len({ingest, dashboards, broker}) < len(chosen):
        raise StackError("ingest, the dashboards and Kafka need a port each; two of the chosen ones are the same")
    taken = {ingest, dashboards, broker}
    free: list[int] = []
    while len(free) < 3:  # noqa: PLR2004 - stream, dispatch, sink
        if (port := free_port()) not in taken:
            taken.add(port)
            free.append(port)
    stream, dispatch, sink = free
    return Ports(broker, ingest, dashboards, stream, dispatch, sink)


def _effective(settings: Settings, directory: StackDirectory) -> Credentials:
    """The user's own where the settings have them, else those made for this directory."""
    receiving = [name for name, provider in PROVIDERS.items() if isinstance(provider(), ReceivesWebhooks)]
    made = credentials_in(directory.root, receiving)
    webhooks = dict(made.webhooks)
    for name, section in settings.provider_sections().items():
        password = section.callback_password.get_secret_value()
        if name in webhooks and password:
            webhooks[name] = Webhook(section.callback_username.get_secret_value(), password)
    tokens = settings.api.tokens
    return Credentials(tokens[0].get_secret_value() if tokens else made.api_token, webhooks)
