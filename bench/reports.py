"""Seconds to the answer of every question behind a report, over 0.1, 1 and 10 million attempts of 90 days.

Each question is asked of the last 1, 7, 30 and 90 days, on a read-only client, the second asking counted; beside the
figures it is told how many rows were read. Two of them are asked of a table without our ordering, types and codecs too,
which keeps every version that a sink put in and so has to find the latest. Pages are asked of the app in this process:
their first paint, and the whole of the data that they then load.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2
from clickhouse_connect.driver.client import Client

from bench.report_rows import BEGAN, DAYS, PLAIN_LATEST, store, store_plainly
from dashboards.app import create_app
from dashboards.config import DashboardsConfig
from dashboards.reader import Reader, question
from dashboards.reports.asked import Asked, Bucket, Group
from dashboards.reports.catalogue import REPORTS, Table
from dashboards.reports.running import fill, parameters
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate

SIZES: Final = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
PERIODS: Final = (1, 7, 30, 90)
WEEK: Final = 7
PATIENCE_SECONDS: Final = 300
COMPARED: Final = {"figures": 30, "trend": 1}
"""Questions that are asked of the plain table too, and of how many days."""
PAGES: Final = ("overview", "delivery-time", "failures", "providers", "replies", "failover")
UNTIL: Final = BEGAN + timedelta(days=DAYS)

Figures = dict[str, float]


def run(sizes: Mapping[str, int] = SIZES) -> Mapping[str, float]:
    figures: Figures = {}
    for name, attempts in sizes.items():
        with tempfile.TemporaryDirectory(prefix="acuse-bench-reports-") as scratch:
            config = ClickHouseConfig(path=Path(scratch) / "clickhouse", read_seconds=PATIENCE_SECONDS)
            writer = open_client(config, readonly=False)
            try:
                migrate(writer)
                store(writer, attempts)
                figures |= {f"{figure}_{name}": value for figure, value in measured(config, writer).items()}
            finally:
                writer.close()
    return figures


def measured(config: ClickHouseConfig, writer: Client) -> Figures:
    """Of what is stored there."""
    figures = asyncio.run(_asked(config))
    figures |= asyncio.run(_paged(config))
    store_plainly(writer)
    return figures | _compared(config)


async def _asked(config: ClickHouseConfig) -> Figures:
    reader = Reader(partial(open_client, config, readonly=True), concurrency=1, timeout_seconds=PATIENCE_SECONDS)
    figures: Figures = {}
    try:
        for days in PERIODS:
            slowest = 0.0
            for report in REPORTS:
                for table in report.tables:
                    await fill(reader, table, asked_of(days))
                    begun = time.perf_counter()
                    filled = await fill(reader, table, asked_of(days))
                    took = time.perf_counter() - begun
                    slowest = max(slowest, took)
                    print(f"  {report.name}/{table.name} of {days} d: {took:.3f} s, {filled.read.rows:,} rows read")
                    if table.question in ("figures", "trend", "failover_plans"):
                        figures[f"report_{table.question}_{days}d_seconds"] = round(took, 3)
                        figures[f"report_{table.question}_{days}d_rows_read"] = filled.read.rows
            figures[f"report_slowest_{days}d_seconds"] = round(slowest, 3)
    finally:
        await reader.close()
    return figures


async def _paged(config: ClickHouseConfig) -> Figures:
    """Seconds to a page's own HTML, and to all of the report that it shows, of 7 days, of the slowest page."""
    reader = Reader(partial(open_client, config, readonly=True), concurrency=2, timeout_seconds=PATIENCE_SECONDS)
    app = create_app(DashboardsConfig(open_to_this_machine=True), reader)
    transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1024))
    paints, loads = [], []
    period = {"from": (UNTIL - timedelta(days=7)).isoformat(), "to": UNTIL.isoformat()}
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080", timeout=None) as client:
            for page in PAGES:
                paints.append(await _second(client, f"/reports/{page}", {}))
                loads.append(await _second(client, f"/v1/reports/{page}", period))
    finally:
        await reader.close()
    return {"page_paint_seconds": max(paints), "page_7d_load_seconds": max(loads)}


async def _second(client: httpx2.AsyncClient, path: str, asked: Mapping[str, str]) -> float:
    for _ in range(2):
        begun = time.perf_counter()
        answer = await client.get(path, params=asked)
        answer.raise_for_status()
    return round(time.perf_counter() - begun, 3)


def _compared(config: ClickHouseConfig) -> Figures:
    client = open_client(config, readonly=True)
    tables = {table.question: table for table in REPORTS[0].tables}
    figures: Figures = {}
    try:
        for name, days in COMPARED.items():
            ours, plain = (_seconds(client, tables[name], days, plainly=plainly) for plainly in (False, True))
            figures[f"report_{name}_{days}d_plain_seconds"] = round(plain, 3)
            figures[f"report_{name}_{days}d_plain_vs_ours"] = round(plain / ours, 1)
    finally:
        client.close()
    return figures


def _seconds(client: Client, table: Table, days: int, *, plainly: bool) -> float:
    sql = question(f"reports/{table.question}")
    if plainly:
        sql = sql.replace("outcomes FINAL", PLAIN_LATEST)
    asked: dict[str, Any] = parameters(table, asked_of(days))
    client.query(sql, asked)
    begun = time.perf_counter()
    client.query(sql, asked)
    return time.perf_counter() - begun


def asked_of(days: int) -> Asked:
    return Asked(
        since=UNTIL - timedelta(days=days),
        until=UNTIL,
        as_of=UNTIL,
        bucket=Bucket.HOUR if days <= WEEK else Bucket.DAY,
        zone="Europe/Madrid",
        group=Group.PROVIDER,
    )


if __name__ == "__main__":
    for name, value in run({size: SIZES[size] for size in sys.argv[1:]} or SIZES).items():
        print(f"{name:60} {value:12.3f}")
