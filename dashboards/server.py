"""How the app is served: bounded, and silent about what was asked, since paths hold references."""

from typing import Final

import uvicorn
from starlette.types import ASGIApp

CONNECTIONS: Final = 500
"""Open connections and requests together; beyond it uvicorn itself answers 503."""
SHUTDOWN_SECONDS: Final = 8


def uvicorn_config(app: ASGIApp, *, host: str, port: int) -> uvicorn.Config:
    """Without its own `X-Forwarded-For`: whom we let in hangs on the peer's true address; see `access.proxies`."""
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
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
