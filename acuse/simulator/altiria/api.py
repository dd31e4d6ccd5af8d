"""Altiria's endpoints behind their paths."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.altiria.errors import DATABASE, NOT_KNOWN, UNKNOWN_FIELD, Failed, error
from acuse.simulator.altiria.gateway import Gateway
from acuse.simulator.altiria.orders import CHANNELS
from acuse.simulator.altiria.platform import NAME, Platform
from acuse.simulator.basic_auth import shows
from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.world import World

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

CONVERSATION = "/whatsapp/conversations/{ours}/{theirs}/messages"


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:
    """The provider. See the package for what it knows."""
    platform, gateway = Platform(world, post, clock), Gateway(world, post)
    endpoints: list[tuple[str, str, Endpoint]] = [
        ("GET", "/sms/{id}", platform.show_sms),
        ("GET", "/whatsapp/conversations", platform.list_conversations),
        ("GET", CONVERSATION, platform.show_conversation),
        ("POST", CONVERSATION, platform.reply),
        *(("POST", f"/{kind}", partial(platform.send, kind)) for kind in CHANNELS),
    ]
    return Starlette(
        routes=[
            *(Route(path, _called(endpoint, world), methods=[method]) for method, path, endpoint in endpoints),
            Route("/apirest/ws/sendSms", gateway.send_sms, methods=["POST"]),
            Route("/apirest/ws/getCredit", gateway.get_credit, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _of_routing},
    )


def _called(endpoint: Endpoint, world: World) -> Endpoint:
    async def call(request: Request) -> Response:
        account = world.account(NAME)
        if not shows(request, account.credentials["login"], account.credentials["password"]):
            return error(Failed(NOT_KNOWN, status=401))
        if account.options.get("broken"):
            return error(Failed(DATABASE, status=500))
        try:
            return await endpoint(request)
        except Failed as failed:
            return error(failed)

    return call


async def _of_routing(_: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    return error(Failed(UNKNOWN_FIELD, "There is no such endpoint", status))
