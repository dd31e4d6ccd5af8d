"""`/livez`, `/readyz`, `/metrics`: for whoever runs the process. They tell nothing of anybody's messages."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest import responses
from ingest.metrics import Metrics
from ingest.publisher import Publisher


def health_routes(publisher: Publisher, metrics: Metrics) -> list[Route]:
    async def livez(_: Request) -> Response:
        return responses.document({"status": "alive"})

    async def readyz(_: Request) -> Response:
        troubles = publisher.troubles()
        if troubles:
            return responses.document({"error": "not ready", "troubles": troubles}, 503)
        return responses.document({"status": "ready"})

    async def exposition(_: Request) -> Response:
        return responses.text(metrics.exposition(), CONTENT_TYPE_LATEST)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
