"""How ingest is served: uvicorn with what keeps it fast, bounded, and silent about its callers."""

import gc
import logging
from typing import Final

import uvicorn
from starlette.types import ASGIApp

CONNECTIONS: Final = 8_000
"""Open connections and requests together; beyond it uvicorn itself answers 503."""
KEEP_ALIVE_SECONDS: Final = 65
"""Longer than the usual minute of proxies and clients, so that it is they who close."""
SHUTDOWN_SECONDS: Final = 6
COLLECT_AFTER: Final = 20_000
"""How many objects more than were freed; 700 unless told."""


def spare_the_collector() -> None:
    """Makes the cyclic collector leave alone what is loaded by now, and look less often; it took a seventh of the time.

    For a process that does nothing else.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def uvicorn_config(app: ASGIApp, *, host: str, port: int) -> uvicorn.Config:
    """No access log: it would write query strings, and some providers put credentials or numbers there.

    Requests under way at shutdown are answered, within `SHUTDOWN_SECONDS`, before the producer stops.
    """
    # `access_log=False` only takes its handlers away, and whoever sets up logging may give it others.
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the caller's address
        limit_concurrency=CONNECTIONS,
        backlog=4_096,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
