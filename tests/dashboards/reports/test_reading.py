"""Questions about a day read little of a table of months, whatever the report; figures are the same all the same."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.reader import question
from dashboards.reports.asked import Asked, Bucket, Group
from dashboards.reports.catalogue import REPORTS, Table
from dashboards.reports.running import parameters
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate

BEGAN = datetime(2026, 3, 10, tzinfo=UTC)
DAYS = 80
FILLED = """
INSERT INTO attempts (provider, ref, channel, message_id, stage, final, opened_at, version, month, heard_at)
WITH toDateTime64('2026-03-10 00:00:00', 6, 'UTC') + toIntervalSecond(number * 30) AS opened
SELECT 'mensatek', toString(number), 'sms', toString(number), 'delivered', true, opened, 1,
    formatDateTime(opened, '%Y-%m'), if(number % 100000 = 99999, NULL, opened)
FROM numbers({count:UInt64})
"""
ASKED = """
INSERT INTO requests (message_id, kind, received_at, plan, plan_version)
SELECT toString(number), 'message', toDateTime64('2026-03-10 00:00:00', 6, 'UTC') + toIntervalHour(number), 'p', 'v1'
FROM numbers({count:UInt64})
"""
DAY = Asked(
    since=BEGAN + timedelta(days=40),
    until=BEGAN + timedelta(days=41),
    as_of=BEGAN + timedelta(days=41),
    bucket=Bucket.HOUR,
    group=Group.PROVIDER,
)
OF_ATTEMPTS = {table.question: table for report in REPORTS for table in report.tables}
READ = re.compile(r"ReadFromMergeTree \(\w+\.outcomes\)(?:(?!ReadFromMergeTree).)*", re.DOTALL)
OF_JOURNEYS = re.compile(r"ReadFromMergeTree \(\w+\.journeys\).*?Parts: (\d+)/(\d+)", re.DOTALL)
GRANULES = re.compile(r"Granules: (\d+)/(\d+)")


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An attempt every half minute for 80 days; of two it is not known when they were first heard of."""
    config = ClickHouseConfig(path=Path(tmp_path_factory.mktemp("months")) / "clickhouse")
    writer = open_client(config, readonly=False)
    migrate(writer)
    writer.command(FILLED, parameters={"count": DAYS * 2880})
    writer.command(ASKED, parameters={"count": DAYS * 24})
    for table in ("outcomes", "journeys"):
        writer.command(f"OPTIMIZE TABLE {table} FINAL")
    reader = open_client(config, readonly=True)
    yield reader
    reader.close()
    writer.close()


@pytest.mark.parametrize("table", OF_ATTEMPTS.values(), ids=lambda table: table.question)
def test_a_day_is_a_small_part_of_what_is_read(months: Client, table: Table) -> None:
    sql = question(f"reports/{table.question}")
    rows = months.query(f"EXPLAIN indexes = 1 {sql}", parameters(table, DAY)).result_rows
    plan = "\n".join(row[0] for row in rows)
    reads = [GRANULES.findall(read) for read in READ.findall(plan)]
    assert ("FROM outcomes FINAL" in sql) == bool(reads)
    for steps in reads:
        # A day of 80, the day after it for clocks that differ, as far back where it is compared; and what rounds it up.
        assert int(steps[-1][0]) <= (7 if table.changes else 5), plan
        assert int(steps[0][1]) >= 55, plan


@pytest.mark.parametrize("name", ["failover_plans", "failover_steps"])
def test_months_before_are_not_read_of_what_became_of_plans(months: Client, name: str) -> None:
    rows = months.query(
        f"EXPLAIN indexes = 1 {question(f'reports/{name}')}", parameters(OF_ATTEMPTS[name], DAY)
    ).result_rows
    reads = OF_JOURNEYS.findall("\n".join(row[0] for row in rows))
    assert reads
    # Of March, April and May the day is in April; what is decided of it may be in May.
    assert set(reads) <= {("2", "3"), ("1", "3")}, reads


def test_what_was_tracked_before_receipts_were_kept_is_found_all_the_same(months: Client) -> None:
    at = BEGAN + timedelta(seconds=99_999 * 30)
    table = OF_ATTEMPTS["figures"]
    asked = parameters(table, Asked(since=at, until=at + timedelta(seconds=1), as_of=at, bucket=Bucket.HOUR))
    (total, *_) = months.query(question("reports/figures"), asked).named_results()
    assert total["attempts"] == 1
