"""The app of this room: query API, pages, health, metrics and the API's description."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboards import openapi_page
from dashboards.access.gate import Gate
from dashboards.access.oidc.signing_in import oidc_routes
from dashboards.access.proxies import TrustedProxies
from dashboards.access.sessions import Sessions
from dashboards.access.signing_in import SigningIn
from dashboards.answers import Health
from dashboards.api import Api
from dashboards.config import DashboardsConfig
from dashboards.errors import Refused
from dashboards.flow.amiss import amiss_routes
from dashboards.flow.events import event_routes
from dashboards.flow.freshness import Freshness
from dashboards.flow.lag import ReadLag, nobody_can_tell
from dashboards.flow.pages import flow_pages
from dashboards.flow.pipeline import pipeline_routes
from dashboards.headers import StrictHeaders
from dashboards.openapi import document
from dashboards.pages import Pages
from dashboards.reader import Reader
from dashboards.replies import reply_routes
from dashboards.report_pages import report_pages
from dashboards.reports.routes import report_routes
from dashboards.responses import answer, refusal
from dashboards.unmasking import RecordUnmasking, Unmaskings, unrecorded
from dashboards.unmaskings_listed import unmasking_routes


def create_app(
    config: DashboardsConfig,
    reader: Reader,
    record_unmasking: RecordUnmasking = unrecorded,
    read_lag: ReadLag = nobody_can_tell,
) -> Starlette:
    """The app, which closes `reader` when it is shut down."""
    freshness = Freshness(reader)
    api = Api(reader, freshness)
    pages = Pages(reader)
    probes = Probes(reader)
    sessions = Sessions(time.time)
    signing_in = SigningIn(config.users, sessions, elsewhere=config.oidc.title if config.oidc else "")
    unmaskings = Unmaskings(reader, record_unmasking)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await reader.close()

    return Starlette(
        routes=[
            Route("/", pages.first),
            Route("/messages", pages.messages),
            Route("/messages/{message_id}", pages.message),
            Route("/attempts/{provider}/{ref:path}", pages.attempt),
            Route("/sign-in", signing_in.form, methods=["GET"]),
            Route("/sign-in", signing_in.submit, methods=["POST"]),
            Route("/sign-out", signing_in.leave, methods=["POST"]),
            *(oidc_routes(config.oidc, signing_in) if config.oidc else ()),
            *report_pages(),
            *flow_pages(),
            Route("/v1/attempts/{provider}/{ref:path}", api.attempt),
            Route("/v1/messages", api.listing),
            Route("/v1/messages/count", api.count),
            Route("/v1/messages/search", api.search, methods=["POST"]),
            Route("/v1/messages/{message_id}", api.message),
            Route("/v1/messages/{message_id}/unmasked", unmaskings.show, methods=["POST"]),
            Route("/v1/doubts", api.doubts),
            Route("/v1/decisions", api.decisions),
            Route("/v1/alerts", api.alerts),
            *report_routes(reader, freshness),
            *event_routes(reader),
            *amiss_routes(reader),
            *pipeline_routes(reader, freshness, read_lag),
            *reply_routes(reader),
            *unmasking_routes(reader),
            Route("/livez", probes.livez),
            Route("/readyz", probes.readyz),
            Route("/metrics", probes.metrics),
            Route("/openapi.json", openapi),
            Route("/openapi", openapi_page.show),
            Mount("/static", StaticFiles(directory=str(resources.files("dashboards").joinpath("static")))),
        ],
        middleware=[
            Middleware(TrustedProxies, config.trusted_proxies),
            Middleware(StrictHeaders),
            Middleware(
                Gate,
                config.api_tokens,
                config.scripts,
                sessions,
                open_to_this_machine=config.open_to_this_machine,
                people_sign_in=bool(config.users or config.oidc),
            ),
        ],
        exception_handlers={Refused: _refused, HTTPException: _http_error},
        lifespan=lifespan,
    )


class Probes:
    """Whether the process lives and can answer, and what it counted."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def livez(self, _request: Request) -> Response:
        return answer(Health(not_ready={}))

    async def readyz(self, _request: Request) -> Response:
        try:
            await self._reader.rows("ready")
        except Refused as refused:
            return answer(Health(not_ready={"clickhouse": refused.error}), 503)
        return answer(Health(not_ready={}))

    async def metrics(self, _request: Request) -> Response:
        return Response(self._reader.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


async def openapi(_request: Request) -> Response:
    return answer(document())


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return refusal(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path, no such method, body too large) in our form."""
    if not isinstance(error, HTTPException):
        raise error
    said = {404: "there is nothing at this path: /openapi.json lists what there is"}
    response = refusal(request, Refused(error.status_code, said.get(error.status_code, error.detail)))
    response.headers.update(error.headers or {})
    return response
