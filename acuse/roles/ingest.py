"""The edge: webhooks and reported sends, to Kafka."""

from acuse.configs import ingest_config
from acuse.serving import run_until_stopped, serve, stop_signal
from acuse.settings import Settings
from ingest.app import create_app
from ingest.server import spare_the_collector, uvicorn_config


def run(settings: Settings) -> None:
    app = create_app(ingest_config(settings))
    config = uvicorn_config(app, host=settings.ingest.host, port=settings.ingest.port)
    spare_the_collector()

    async def role() -> None:
        await serve(config, await stop_signal())

    run_until_stopped(role())
