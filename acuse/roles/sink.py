"""The sink: Kafka's records into ClickHouse."""

import asyncio

from prometheus_client import REGISTRY

from acuse.configs import clickhouse_config, sink_config
from acuse.health import serve_health
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings
from sinks.service import Sink


async def serve_sink(settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop`` is set, in the running loop."""
    sink = Sink(sink_config(settings), clickhouse_config(settings))
    health = settings.sink
    with serve_health(host=health.health_host, port=health.health_port, ready=sink.ready, registry=REGISTRY):
        carrying = asyncio.create_task(sink.run())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([carrying, stopping], return_when=asyncio.FIRST_COMPLETED)
            sink.stop()
            await carrying
        finally:
            stopping.cancel()


def run(settings: Settings) -> None:
    async def role() -> None:
        await serve_sink(settings, await stop_signal())

    run_until_stopped(role())
