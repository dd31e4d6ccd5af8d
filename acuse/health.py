"""``/livez``, ``/readyz`` and ``/metrics`` for roles that serve nothing else over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Final, TypeAlias

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acuse.listening import listen

Ready: TypeAlias = Callable[[], Mapping[str, str]]
"""Empty when ready, else what is not and why."""

SHUTDOWN_SECONDS: Final = 1


def create_health_app(ready: Ready, registry: CollectorRegistry, notes: Ready = dict) -> Starlette:
    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        if not_ready := dict(ready()):
            return JSONResponse({"error": "not ready", "not_ready": not_ready}, 503)
        said = {"notes": dict(noted)} if (noted := notes()) else {}
        return JSONResponse({"status": "ready", **said})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])


@contextmanager
def serve_health(
    *, host: str, port: int, ready: Ready, registry: CollectorRegistry, notes: Ready = dict
) -> Iterator[None]:
    """Serves while the block runs, from a thread of its own: a busy role still answers. ``notes`` are what an operator
    should know though the role is ready, by part.

    Raises ``ListenError`` when the port is in use.
    """
    listening = listen(host, port)
    server = uvicorn.Server(
        uvicorn.Config(
            create_health_app(ready, registry, notes),
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    thread = Thread(target=server.run, args=([listening],), name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(SHUTDOWN_SECONDS + 1)
        listening.close()
