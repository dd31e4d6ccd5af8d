"""The reader's bounds: time, concurrency, and what is said when ClickHouse cannot be asked."""

import asyncio
import threading
from functools import partial
from typing import ClassVar

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from dashboards import reader as reader_module
from dashboards.config import DashboardsConfig
from dashboards.errors import StoreUnavailable, TooSlow
from dashboards.reader import Reader, open_reader, question
from sinks.client import open_client


class FakeResult:
    summary: ClassVar = {}

    def named_results(self):
        return iter([{"one": 1}])


class FakeClient:
    """Waits until it is let, then answers or raises what it was told to."""

    def __init__(self, let: threading.Event, error: Exception | None = None) -> None:
        self.let = let
        self.error = error
        self.closed = False

    def query(self, _sql, parameters):  # noqa: ARG002 - as the real one is called
        assert self.let.wait(5)
        if self.error:
            raise self.error
        return FakeResult()

    def close(self) -> None:
        self.closed = True


class Opened:
    """Every client that was opened; the next one fails as told."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.error: Exception | None = None
        self.clients: list[FakeClient] = []
        self._opened = threading.Semaphore(0)

    def __call__(self) -> FakeClient:
        self.clients.append(FakeClient(self.let, self.error))
        self._opened.release()
        return self.clients[-1]

    async def reached(self, count: int) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self._opened.acquire, timeout=60)


@pytest.fixture
def opened() -> Opened:
    return Opened()


async def test_no_more_questions_run_at_once_than_there_are_clients(opened) -> None:
    reader = Reader(opened, concurrency=2, timeout_seconds=60)
    asked = [asyncio.create_task(reader.rows("ready")) for _ in range(6)]
    await opened.reached(2)
    opened.let.set()
    assert await asyncio.gather(*asked) == [[{"one": 1}]] * 6
    assert len(opened.clients) == 2
    await reader.close()
    assert all(client.closed for client in opened.clients)
    with pytest.raises(StoreUnavailable):
        await reader.rows("ready")


async def test_whoever_waits_too_long_for_a_turn_is_told(opened) -> None:
    reader = Reader(opened, concurrency=1, timeout_seconds=0.05)
    running = asyncio.create_task(reader.rows("ready"))
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="too many queries are waiting"):
        await reader.rows("ready")
    opened.let.set()
    await running
    await reader.close()


async def test_a_statement_that_does_not_end_keeps_its_client_but_not_the_caller(opened, monkeypatch) -> None:
    monkeypatch.setattr(reader_module, "GRACE_SECONDS", 0.02)
    reader = Reader(opened, concurrency=1, timeout_seconds=0.03)
    with pytest.raises(TooSlow, match="narrow it"):
        await reader.rows("ready")
    with pytest.raises(StoreUnavailable):
        await reader.rows("ready")
    opened.let.set()
    await reader.close()
    assert len(opened.clients) == 1


@pytest.mark.parametrize(
    ("error", "raised", "said", "kept"),
    [
        (DatabaseError("…", code=159, name="TIMEOUT_EXCEEDED"), TooSlow, "narrow", True),
        (DatabaseError("…", code=60, name="UNKNOWN_TABLE"), StoreUnavailable, "acuse migrate", True),
        (DatabaseError("…", code=241, name="MEMORY_LIMIT_EXCEEDED"), StoreUnavailable, "MEMORY_LIMIT_EXCEEDED", True),
        (OperationalError("connection refused to http://secret:8123"), StoreUnavailable, "does not answer", False),
    ],
)
async def test_what_went_wrong_is_said_without_the_engines_own_words(opened, error, raised, said, kept) -> None:
    opened.let.set()
    opened.error = error
    reader = Reader(opened, concurrency=1, timeout_seconds=60)
    with pytest.raises(raised, match=said) as refused:
        await reader.rows("ready")
    assert "secret" not in refused.value.error
    opened.clients[0].error = opened.error = None
    await reader.rows("ready")
    assert len(opened.clients) == (1 if kept else 2)
    assert opened.clients[0].closed is not kept
    await reader.close()


TABLES_READ = ("attempts", "events", "aliases", "requests", "decisions", "calls", "alerts", "notices")


@pytest.mark.usefixtures("projection")
async def test_the_engine_itself_ends_a_query_in_time(clickhouse_config, monkeypatch) -> None:
    endless = "SELECT sum(cityHash64(number)) FROM numbers(1000000000000)"
    monkeypatch.setattr(reader_module, "question", lambda name: question(name) if name == "ready" else endless)
    reader = open_reader(DashboardsConfig(query_timeout_seconds=2), clickhouse_config)
    with pytest.raises(TooSlow):
        await reader.rows("endless")
    assert await reader.rows("ready") == [dict.fromkeys(TABLES_READ, 0)]
    metrics = reader.metrics.exposition().decode()
    assert 'acuse_dashboard_queries_total{outcome="timeout",question="endless"} 1.0' in metrics
    assert 'acuse_dashboard_query_seconds_count{question="ready"} 1.0' in metrics
    await reader.close()


@pytest.mark.usefixtures("projection")
async def test_the_engine_refuses_a_reader_whatever_changes_anything(clickhouse_config, monkeypatch) -> None:
    monkeypatch.setattr(reader_module, "question", lambda _name: "INSERT INTO aliases (retired) VALUES ('x')")
    reader = Reader(partial(open_client, clickhouse_config, readonly=True), concurrency=1, timeout_seconds=60)
    with pytest.raises(StoreUnavailable, match="READONLY"):
        await reader.rows("ready")
    await reader.close()
