"""Whether the process lives and can answer, and what it counted."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.answers import Health
from dashboards.errors import Refused
from dashboards.reader import Reader
from dashboards.responses import answer


def probe_routes(reader: Reader) -> list[Route]:
    async def livez(_request: Request) -> Response:
        return answer(Health(not_ready={}))

    async def readyz(_request: Request) -> Response:
        try:
            await reader.rows("ready")
        except Refused as refused:
            return answer(Health(not_ready={"clickhouse": refused.error}), 503)
        return answer(Health(not_ready={}))

    async def metrics(_request: Request) -> Response:
        return Response(reader.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
