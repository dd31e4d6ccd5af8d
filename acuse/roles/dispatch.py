"""The dispatcher: decisions carried out at the providers; and beside it whoever tells the caller's application."""

import asyncio
from collections.abc import Mapping

from acuse.configs import dispatch_config, notify_config
from acuse.health import serve_health
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings
from ingest.dispatch.dispatcher import Dispatcher
from ingest.notify.notifier import Notifier


async def serve_dispatch(settings: Settings, stop: asyncio.Event) -> None:
    """Until ``stop`` is set, in the running loop."""
    dispatcher = Dispatcher(dispatch_config(settings))
    telling = notify_config(settings)
    notifier = Notifier(telling, dispatcher.metrics.registry) if telling else None

    def notes() -> Mapping[str, str]:
        return {**dispatcher.notes(), **(notifier.notes() if notifier else {})}

    health = settings.dispatch
    with serve_health(
        host=health.health_host,
        port=health.health_port,
        ready=dispatcher.ready,
        notes=notes,
        registry=dispatcher.metrics.registry,
    ):
        carrying = asyncio.create_task(dispatcher.run())
        notifying = asyncio.create_task(notifier.run()) if notifier else None
        stopping = asyncio.create_task(stop.wait())
        parts = [task for task in (carrying, notifying) if task]
        try:
            await asyncio.wait([*parts, stopping], return_when=asyncio.FIRST_COMPLETED)
            dispatcher.stop()
            if notifier:
                notifier.stop()
            await asyncio.gather(*parts)
        finally:
            stopping.cancel()


def run(settings: Settings) -> None:
    async def role() -> None:
        await serve_dispatch(settings, await stop_signal())

    run_until_stopped(role())
