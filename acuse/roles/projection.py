"""Sink and dashboards in one process, since an embedded ClickHouse lets one process hold its directory."""

import asyncio

from acuse.configs import clickhouse_config
from acuse.operations import migrate_clickhouse
from acuse.roles.dashboards import serve_dashboards
from acuse.roles.sink import serve_sink
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings


def run(settings: Settings) -> None:
    """Migrates first. When one of the two ends, so does the other."""

    async def role() -> None:
        stop = await stop_signal()
        await asyncio.to_thread(migrate_clickhouse, clickhouse_config(settings))
        parts = [asyncio.create_task(serve(settings, stop)) for serve in (serve_sink, serve_dashboards)]
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.gather(*parts)

    run_until_stopped(role())
