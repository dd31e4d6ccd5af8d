"""The app of this room: query API, pages, health, metrics and the API's description."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboards.access.gate import Gate
from dashboards.access.oidc.signing_in import oidc_routes
from dashboards.access.proxies import TrustedProxies
from dashboards.access.sessions import Sessions
from dashboards.access.signing_in import SigningIn, signing_in_routes
from dashboards.api import api_routes
from dashboards.config import DashboardsConfig
from dashboards.errors import Refused
from dashboards.flow.amiss import amiss_routes
from dashboards.flow.events import event_routes
from dashboards.flow.freshness import Freshness
from dashboards.flow.lag import ReadLag, nobody_can_tell
from dashboards.flow.pages import flow_pages
from dashboards.flow.pipeline import pipeline_routes
from dashboards.headers import StrictHeaders
from dashboards.openapi_page import openapi_routes
from dashboards.pages import message_pages
from dashboards.probes import probe_routes
from dashboards.reader import Reader
from dashboards.replies import reply_routes
from dashboards.report_pages import report_pages
from dashboards.reports.routes import report_routes
from dashboards.responses import refusal
from dashboards.unmasking import RecordUnmasking, unmask_routes, unrecorded
from dashboards.unmaskings_listed import unmasking_routes


def create_app(
    config: DashboardsConfig,
    reader: Reader,
    record_unmasking: RecordUnmasking = unrecorded,
    read_lag: ReadLag = nobody_can_tell,
) -> Starlette:
    """The app, which closes `reader` when it is shut down."""
    freshness = Freshness(reader)
    sessions = Sessions(time.time)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await reader.close()

    return Starlette(
        routes=[
            *message_pages(reader),
            *report_pages(),
            *flow_pages(),
            *_access_routes(config, sessions),
            *api_routes(reader, freshness),
            *unmask_routes(reader, record_unmasking),
            *unmasking_routes(reader),
            *reply_routes(reader),
            *report_routes(reader, freshness),
            *event_routes(reader),
            *amiss_routes(reader),
            *pipeline_routes(reader, freshness, read_lag),
            *probe_routes(reader),
            *openapi_routes(),
            Mount("/static", StaticFiles(directory=str(resources.files("dashboards").joinpath("static")))),
        ],
        middleware=_middleware(config, sessions),
        exception_handlers={Refused: _refused, HTTPException: _http_error},
        lifespan=lifespan,
    )


def _access_routes(config: DashboardsConfig, sessions: Sessions) -> list[Route]:
    signing_in = SigningIn(config.users, sessions, elsewhere=config.oidc.title if config.oidc else "")
    return [*signing_in_routes(signing_in), *(oidc_routes(config.oidc, signing_in) if config.oidc else ())]


def _middleware(config: DashboardsConfig, sessions: Sessions) -> list[Middleware]:
    """The first comes before all others."""
    return [
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
    ]


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
