"""The ingest application: its routes, its one producer, and what happens to what nobody expected."""

import logging
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delivery.topics import EVENTS, REQUESTS, UNPARSED
from ingest import responses
from ingest.api_route import ApiRoute
from ingest.bearer import Bearers
from ingest.bodies import BodyReader
from ingest.config import IngestConfig
from ingest.health import health_routes
from ingest.intake import Intake
from ingest.messages import Messages
from ingest.metrics import Metrics
from ingest.openapi import openapi_document
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.provider import Provider
from ingest.providers import PROVIDERS
from ingest.publisher import Publisher
from ingest.sends import Sends
from ingest.webhooks import Webhooks, is_webhook

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    config: IngestConfig,
    *,
    providers: Mapping[str, type[Provider]] = PROVIDERS,
    publisher: Publisher | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Starlette:
    """The app, which connects to Kafka when it starts and serves at once; `/readyz` says whether it can publish.

    Run it through `ingest.server.uvicorn_config`: an access log would write query strings, credentials among them.
    """
    publisher = publisher or KafkaPublisher(_producer_config(config))
    metrics = Metrics()
    intake = Intake(publisher, metrics, max_in_flight=config.max_in_flight)
    metrics.watch(in_flight=lambda: intake.in_flight, ready=lambda: not publisher.troubles())
    reader = BodyReader(
        limit_bytes=config.body_limit_bytes,
        timeout_seconds=config.body_timeout_seconds,
        held_bytes=config.buffer_bytes,
    )
    webhooks = Webhooks(providers, config.accounts, reader=reader, intake=intake, metrics=metrics, clock=clock)
    messages = Messages(providers, config.accounts, intake=intake, clock=clock, book=config.book)
    sends = Sends(providers, intake=intake, clock=clock)
    app = _Ingest(
        webhooks,
        routes=[
            *_api_routes(messages, sends, bearers=Bearers(config.api_tokens), reader=reader, metrics=metrics),
            _description_route(responses.document(openapi_document(providers, config))),
            *health_routes(publisher, metrics),
        ],
        middleware=[Middleware(_Unexpected)],
        exception_handlers={HTTPException: _http_error},
        lifespan=_publishing(publisher),
    )
    app.router.redirect_slashes = False  # a redirected POST loses its body
    return app


def _publishing(publisher: Publisher) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The app's lifespan: as long as it serves, it is connected to Kafka or tries to be."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await publisher.start()
        try:
            yield
        finally:
            await publisher.stop()

    return lifespan


def _description_route(description: Response) -> Route:
    async def openapi(_: Request) -> Response:
        return description

    return Route("/openapi.json", openapi)


def _api_routes(
    messages: Messages, sends: Sends, *, bearers: Bearers, reader: BodyReader, metrics: Metrics
) -> list[Route]:
    works = (
        ("/v1/messages", "POST", messages.send),
        ("/v1/messages/{message_id}", "DELETE", messages.cancel),
        ("/v1/messages/{message_id}/settle", "POST", messages.settle),
        ("/v1/segments", "POST", messages.segments),
        ("/v1/sends", "POST", sends.report),
    )
    return [
        Route(path, ApiRoute(method, work, bearers=bearers, reader=reader, metrics=metrics))
        for path, method, work in works
    ]


class _Ingest(Starlette):
    """Hands webhooks over at once: nearly all that comes is one, and the layers of a router cost a tenth of each."""

    def __init__(self, webhooks: Webhooks, **options: Any) -> None:
        super().__init__(**options)
        self._webhooks = _Unexpected(webhooks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_webhook(scope["path"]):
            await self._webhooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _producer_config(config: IngestConfig) -> ProducerConfig:
    return ProducerConfig(
        bootstrap_servers=config.bootstrap_servers,
        timeout_seconds=config.produce_timeout_seconds,
        buffer_bytes=config.buffer_bytes,
        linger_ms=config.linger_ms,
        topics=(EVENTS.name, UNPARSED.name, REQUESTS.name),
    )


async def _http_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # the signature is Starlette's; the registration is ours
        raise error
    remedies = {404: "no such route; /openapi.json lists them", 405: "this route does not take that method"}
    return responses.refusal(
        error.status_code, remedies.get(error.status_code, error.detail), headers=error.headers or {}
    )


class _Unexpected:
    """Answers 500 to what nobody expected. The log says what and where, and never the message: it may be personal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - the last one to catch it
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s in a request\n%s", type(error).__name__, frames)  # noqa: TRY400
            if not begun:
                await responses.refusal(500, "internal error")(scope, receive, send)
