"""The dispatcher: decisions carried out at the providers."""

import asyncio

from acuse.configs import dispatch_config
from acuse.health import serve_health
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings
from ingest.dispatch.dispatcher import Dispatcher


async def serve_dispatch(settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop`` is set, in the running loop."""
    dispatcher = Dispatcher(dispatch_config(settings))
    health = settings.dispatch
    with serve_health(
        host=health.health_host,
        port=health.health_port,
        ready=dispatcher.ready,
        notes=dispatcher.notes,
        registry=dispatcher.metrics.registry,
    ):
        carrying = asyncio.create_task(dispatcher.run())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([carrying, stopping], return_when=asyncio.FIRST_COMPLETED)
            dispatcher.stop()
            await carrying
        finally:
            stopping.cancel()


def run(settings: Settings) -> None:
    async def role() -> None:
        await serve_dispatch(settings, await stop_signal())

    run_until_stopped(role())
