"""Seconds to the answer of every question behind a report, over a million attempts of 30 days, a tenth of them twice.

The rows are made by ClickHouse itself, in the tables that migrations make, and stored as a sink stores them: in the
order of time, a version that is replaced later among them, and merged as far as the engine likes to. Each question is
asked of all 30 days and of one, on a read-only client; the first asking of all is not counted.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from clickhouse_connect.driver.client import Client

from dashboards.reader import Reader
from dashboards.reports.asked import Asked, Bucket, Group
from dashboards.reports.catalogue import REPORTS
from dashboards.reports.running import fill
from sinks.client import open_client
from sinks.config import ClickHouseConfig
from sinks.migrate import migrate

ATTEMPTS = 1_000_000
BLOCK = 250_000
SEED = 7
BEGAN = datetime(2026, 3, 10, tzinfo=UTC)
DAYS = 30
GENERATED = """
INSERT INTO attempts
    (provider, ref, channel, message_id, derived_message_id, stage, reason, code, final, opened_at, updated_at,
     handed_at, sent_at, delivered_at, failed_at, delivery_seconds, clock, country, reference, step,
     version, month, _offset)
WITH
    cityHash64(number, {seed:UInt32}) AS dice,
    toDateTime64('2026-03-10 00:00:00', 6, 'UTC')
        + toIntervalMillisecond(intDiv(number * 2592000000, {attempts:UInt64})) AS opened,
    round(exp((dice % 997) / 997 * 8) / 4, 3) AS took,
    {version:UInt64} = 1 OR dice % 20 = 0 AS waiting,
    dice % 100 >= 92 AS failing
SELECT
    ['mensatek', 'messente', 'altiria'][dice % 3 + 1],
    concat(toString(number), ':h', hex(dice)),
    if(dice % 7 = 0, 'whatsapp', 'sms'),
    toString(toUUID(concat('018f4e6e-5a3c-7cc1-', substring(hex(dice), 1, 4), '-', leftPad(hex(number), 12, '0')))),
    '',
    multiIf(waiting, 'sent', failing, 'undelivered', 'delivered'),
    if(failing AND NOT waiting, ['absent_subscriber', 'unknown_number', 'blocked'][dice % 3 + 1], NULL),
    if(failing AND NOT waiting, toString(dice % 40), ''),
    NOT waiting,
    opened,
    opened + toIntervalMillisecond(took * 1000),
    opened,
    opened,
    if(waiting OR failing, NULL, opened + toIntervalMillisecond(took * 1000)),
    if(failing AND NOT waiting, opened + toIntervalMillisecond(took * 1000), NULL),
    if(waiting OR failing, NULL, took),
    if(waiting OR failing, NULL, 'provider'),
    ['ES', 'CO', 'MX', 'PT', 'FR', 'DE'][dice % 6 + 1],
    concat('campaign ', toString(dice % 40)),
    if(dice % 9 = 0, 2, 1),
    {version:UInt64},
    formatDateTime(opened, '%Y-%m'),
    number * 2 + {version:UInt64}
FROM numbers({first:UInt64}, {count:UInt64})
WHERE {version:UInt64} = 2 OR dice % 10 = 0
"""
SENT = """
INSERT INTO events
    (provider, ref, kind, event_id, channel, stage, final, received_at, message_id, source, sender, _offset)
SELECT provider, ref, 'send', hex(sipHash128(ref)), channel, 'queued', false, opened_at, message_id, 'call',
    concat('SENDER', toString(cityHash64(ref) % 20)), _offset
FROM attempts
WHERE version = 2
"""


def run() -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="acuse-bench-reports-") as scratch:
        config = ClickHouseConfig(path=Path(scratch) / "clickhouse", read_seconds=60)
        writer = open_client(config, readonly=False)
        try:
            migrate(writer)
            store(writer)
            return asyncio.run(measured(config))
        finally:
            writer.close()


def store(writer: Client) -> None:
    made = {"seed": SEED, "attempts": ATTEMPTS}
    for first in range(0, ATTEMPTS, BLOCK):
        for version in (1, 2):
            writer.command(GENERATED, parameters={**made, "version": version, "first": first, "count": BLOCK})
    writer.command(SENT)


async def measured(config: ClickHouseConfig) -> Mapping[str, float]:
    reader = Reader(partial(open_client, config, readonly=True), concurrency=1, timeout_seconds=60)
    until = BEGAN + timedelta(days=DAYS)
    month = Asked(since=BEGAN, until=until, as_of=until, bucket=Bucket.DAY, zone="Europe/Madrid", group=Group.PROVIDER)
    day = Asked(since=until - timedelta(days=1), until=until, as_of=until, bucket=Bucket.HOUR, zone="Europe/Madrid")
    figures: dict[str, float] = {}
    try:
        await fill(reader, REPORTS[0].tables[0], month)
        for report in REPORTS:
            for table in report.tables:
                for word, asked in (("30d", month), ("1d", day)):
                    begun = time.perf_counter()
                    await fill(reader, table, asked)
                    name = f"report_{report.name.replace('-', '_')}_{table.name}_{word}_seconds"
                    figures[name] = round(time.perf_counter() - begun, 3)
    finally:
        await reader.close()
    figures["report_slowest_seconds"] = max(figures.values())
    return figures


if __name__ == "__main__":
    for name, seconds in run().items():
        print(f"{name:60} {seconds:8.3f}")
