"""The pages and the query API, from a ClickHouse server."""

import asyncio
from typing import Final

from acuse.audit import AuditTrail
from acuse.configs import clickhouse_config, dashboards_config
from acuse.lag import KafkaLag, readers_of
from acuse.serving import run_until_stopped, serve, stop_signal
from acuse.settings import Settings
from dashboards.app import create_app
from dashboards.reader import open_reader
from dashboards.server import uvicorn_config

LAG_SECONDS: Final = 3.0
"""For one question of how far behind readers are; less than a page waits."""


async def serve_dashboards(settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop`` is set, in the running loop."""
    config = dashboards_config(settings)
    audit = AuditTrail(settings.kafka.bootstrap_servers, timeout_seconds=settings.ingest.produce_timeout_seconds)
    lag = KafkaLag(settings.kafka.bootstrap_servers, readers_of(settings), timeout_seconds=LAG_SECONDS)
    app = create_app(config, open_reader(config, clickhouse_config(settings)), audit.record, lag.read)
    try:
        await serve(uvicorn_config(app, host=settings.dashboards.host, port=settings.dashboards.port), stop)
    finally:
        await audit.close()


def run(settings: Settings) -> None:
    async def role() -> None:
        await serve_dashboards(settings, await stop_signal())

    run_until_stopped(role())
