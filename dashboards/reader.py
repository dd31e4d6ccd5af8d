"""Asks ClickHouse: one question a file in `dashboards/sql`, bound parameters, bounded time, bounded concurrency."""

import asyncio
import math
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from importlib import resources
from typing import Any, Final, TypeAlias

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from msgspec import Struct

from dashboards.config import DashboardsConfig
from dashboards.errors import Refused, StoreUnavailable, TooSlow
from dashboards.metrics import Metrics
from dashboards.reads import Read, read_for
from sinks.client import open_client
from sinks.config import ClickHouseConfig

OpenClient: TypeAlias = Callable[[], Client]
"""Opens one client; blocking. The engine must refuse it whatever changes anything, and end its queries in time: once a
client is read-only it can no longer be told so query by query."""
Row: TypeAlias = dict[str, Any]


class Answer(Struct, frozen=True):
    """Every row of the answer to a question, times as UTC-aware datetimes, and what it cost."""

    rows: list[Row]
    read: Read


TIMED_OUT: Final = frozenset({"TIMEOUT_EXCEEDED", "TOO_SLOW", "SOCKET_TIMEOUT"})
NOT_MIGRATED: Final = frozenset({"UNKNOWN_TABLE", "UNKNOWN_DATABASE", "UNKNOWN_IDENTIFIER"})
INCLUDED: Final = re.compile(r"^-- include (\w+)(,?)$", re.MULTILINE)
"""A line of a question in whose place another file of its folder is put."""
GRACE_SECONDS: Final = 2.0
"""How much longer than the statement's own limit we wait for the engine to notice it."""


@cache
def question(name: str) -> str:
    """The text of `dashboards/sql/<name>.sql`, with what it includes of its own folder in its place."""
    text = resources.files("dashboards").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    folder = name[: name.rfind("/") + 1]
    return INCLUDED.sub(lambda found: question(folder + found[1]).rstrip() + found[2], text)


def open_reader(config: DashboardsConfig, clickhouse: ClickHouseConfig) -> "Reader":
    """A reader of that database; nothing is opened until the first question."""
    bounded = replace(clickhouse, read_seconds=math.ceil(config.query_timeout_seconds))
    return Reader(
        partial(open_client, bounded, readonly=True),
        concurrency=config.query_concurrency,
        timeout_seconds=config.query_timeout_seconds,
    )


class Reader:
    """Runs questions in threads, `concurrency` at a time, each on a client of its own: on chDB a client serialises its
    calls. Clients are opened when first needed, and again after one has failed.

    Whatever goes wrong is a `Refused` that says what to do: `TooSlow` after `timeout_seconds`, `StoreUnavailable` when
    ClickHouse cannot be reached, is not migrated, or no client became free in that time.
    """

    def __init__(self, open_client: OpenClient, *, concurrency: int, timeout_seconds: float) -> None:
        self.metrics = Metrics()
        self._open_client = open_client
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="clickhouse-reader")
        self._free = asyncio.Semaphore(concurrency)
        self._idle: list[Client] = []
        self._running: set[asyncio.Task[Answer]] = set()
        self._closed = False

    async def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Every row of the answer to `dashboards/sql/<name>.sql`, times as UTC-aware datetimes."""
        return (await self.answer(name, parameters)).rows

    async def answer(self, name: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """The answer to `dashboards/sql/<name>.sql`, and what it cost."""
        if self._closed:
            raise StoreUnavailable("it is being closed")
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise StoreUnavailable("too many queries are waiting") from None
        started = time.monotonic()
        task = asyncio.create_task(self._run(question(name), dict(parameters or {})))
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            # Shielded: a thread cannot be stopped, so its client stays taken until the engine lets go of it.
            async with asyncio.timeout(self._timeout_seconds + GRACE_SECONDS):
                answered = await asyncio.shield(task)
        except TimeoutError:
            self.metrics.queries.labels(name, "timeout").inc()
            raise TooSlow(self._timeout_seconds) from None
        except Error as error:
            refused = self._refused(error)
            self.metrics.queries.labels(name, "timeout" if isinstance(refused, TooSlow) else "error").inc()
            raise refused from error
        self.metrics.queries.labels(name, "answered").inc()
        self.metrics.query_seconds.labels(name).observe(time.monotonic() - started)
        return answered

    async def close(self) -> None:
        """Waits for what is running, which its statement timeout bounds, then closes every client."""
        self._closed = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(self._threads, self._close_idle)
        self._threads.shutdown(wait=False)

    async def _run(self, sql: str, parameters: dict[str, Any]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, sql, parameters)

    def _done(self, task: asyncio.Task[Answer]) -> None:
        self._running.discard(task)
        self._free.release()
        if not task.cancelled():
            # Whoever waited has been told; nobody may be waiting any more.
            task.exception()

    def _ask(self, sql: str, parameters: dict[str, Any]) -> Answer:
        client = self._idle.pop() if self._idle else self._connect()
        try:
            started = time.monotonic()
            result = client.query(sql, parameters=parameters)
            answered = Answer(list(result.named_results()), read_for(result, time.monotonic() - started))
        except Error as error:
            if error.code is None:
                client.close()  # no answer of the engine's: the connection itself is in doubt
            else:
                self._idle.append(client)
            raise
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return answered

    def _connect(self) -> Client:
        try:
            return self._open_client()
        except (OSError, RuntimeError) as error:
            raise Error(f"{type(error).__name__} while connecting") from error

    def _refused(self, error: Error) -> Refused:
        name = error.name
        if name in TIMED_OUT:
            return TooSlow(self._timeout_seconds)
        if name in NOT_MIGRATED:
            return StoreUnavailable("its tables are not there yet ('acuse migrate' makes them)")
        return StoreUnavailable(name or "ClickHouse does not answer")

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()
