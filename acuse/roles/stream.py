"""The streams worker: events folded into attempts, requests and attempts turned into decisions, providers judged."""

import logging
import os

from prometheus_client import REGISTRY

from acuse.configs import deciding_config, health_config, tracking_config
from acuse.health import serve_health
from acuse.serving import run_until_stopped, stop_signal
from acuse.settings import Settings
from streams.health.service import HealthService
from streams.worker import Worker, WorkerFailed, processors

logger = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Ends the process with 1 when the worker cannot go on."""

    async def role() -> None:
        stop = await stop_signal()
        providers = HealthService(health_config(settings))
        processing = processors(tracking_config(settings), deciding_config(settings), weigh=providers.weigh)
        worker = Worker(processing, providers)
        health = settings.tracking
        with serve_health(host=health.health_host, port=health.health_port, ready=worker.ready, registry=REGISTRY):
            await worker.serve(stop)

    try:
        run_until_stopped(role())
    except WorkerFailed as error:
        logger.error("The streams worker ends: %s", error)  # noqa: TRY400 - its cause has been logged
        logging.shutdown()
        # Not sys.exit: a thread of Faust's may still wait for a broker that is away.
        os._exit(1)
