"""The dispatcher: nothing asks for a message to be sent yet, so it idles and says that it is well."""

from prometheus_client import CollectorRegistry

from acuse.health import serve_health
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings


def run(settings: Settings) -> None:
    async def role() -> None:
        stop = await stop_signal()
        health = settings.dispatch
        registry = CollectorRegistry()
        with serve_health(host=health.health_host, port=health.health_port, ready=dict, registry=registry):
            await stop.wait()

    run_until_stopped(role())
