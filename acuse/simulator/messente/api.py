"""The endpoints of the Omnichannel API."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.basic_auth import shows
from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.messente.errors import (
    FORBIDDEN,
    INTERNAL,
    INVALID,
    NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
    Failed,
    Problem,
    answer,
)
from acuse.simulator.messente.legs import NAME, Failover, Omnimessage
from acuse.simulator.messente.orders import read_order
from acuse.simulator.shelf import Shelf
from acuse.simulator.world import World

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

NO_SUCH_MESSAGE: Final = Problem(NOT_FOUND, "No such message, or no access to it")
IS_SENT: Final = Problem(NOT_FOUND, "The message has already been sent, or there is no such message")


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:
    """The provider. See the package for what it knows."""
    kept: Shelf[Omnimessage] = Shelf()
    failover = Failover(world, post, clock)

    async def send(request: Request) -> Response:
        sender = str(world.account(NAME).options.get("default_sender", "Messente"))
        order = read_order(await request.body(), sender, clock())
        omnimessage = failover.take(order)
        if omnimessage.tried[0].refused:
            raise Failed(400, Problem(INVALID, "Not a valid phone number", "to"))
        kept.put(omnimessage.id, omnimessage)
        await failover.report(omnimessage)
        messages = [
            {"message_id": attempt.id, "channel": attempt.leg.channel.value, "sender": attempt.leg.sender}
            for attempt in omnimessage.attempts
        ]
        return _json({"messages": messages, "to": order.to, "omnimessage_id": omnimessage.id}, 201)

    async def status(request: Request) -> Response:
        omnimessage = kept.get(request.path_params["id"].lower())
        if omnimessage is None:
            raise Failed(404, NO_SUCH_MESSAGE)
        results = [attempt.result(clock()) for attempt in omnimessage.attempts]
        return _json({"statuses": results, "to": omnimessage.order.to, "omnimessage_id": omnimessage.id})

    async def cancel(request: Request) -> Response:
        omnimessage = kept.get(request.path_params["id"].lower())
        if omnimessage is None or not failover.cancel(omnimessage):
            raise Failed(404, IS_SENT)
        return _json({}, 202)

    return Starlette(
        routes=[
            Route("/v1/omnimessage", _authorised(send, world), methods=["POST"]),
            Route("/v1/omnimessage/{id}/status", _authorised(status, world), methods=["GET"]),
            Route("/v1/omnimessage/{id}", _authorised(cancel, world), methods=["DELETE"]),
        ],
        exception_handlers={HTTPException: _of_routing},
    )


def _authorised(endpoint: Endpoint, world: World) -> Endpoint:
    async def call(request: Request) -> Response:
        account = world.account(NAME)
        if not shows(request, account.credentials["username"], account.credentials["password"]):
            return answer(401, [Problem(UNAUTHORIZED, "Invalid username or password")])
        if account.options.get("forbidden"):
            return answer(403, [Problem(FORBIDDEN, "The account may not use this API")])
        if account.options.get("broken"):
            return answer(500, [Problem(INTERNAL, "Something went wrong")])
        try:
            return await endpoint(request)
        except Failed as failed:
            return answer(failed.status, failed.problems)

    return call


async def _of_routing(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:  # noqa: PLR2004 - HTTP's own
        return answer(405, [Problem(NOT_ALLOWED, "The method is not allowed for this URL")])
    return answer(404, [Problem(NOT_FOUND, "There is nothing at this URL")])


def _json(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
