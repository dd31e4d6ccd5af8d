"""Pigeon Post, simulated: its protocol as `pigeon.py` tells it, in the simulators' world."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acuse.simulator.callbacks import Callback, CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.fates import Beat
from acuse.simulator.messages import TakenMessage
from acuse.simulator.world import World
from delivery.channels import Channel
from delivery.stages import FAILURES, SUCCESSES

NAME: Final = "pigeon"
CREDENTIALS: Final = {"api_key": "simulated-key"}
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:
    loft = Loft(world, post, clock)
    return Starlette(
        routes=[
            Route("/messages", loft.knows(loft.send), methods=["POST"]),
            Route("/messages", loft.knows(loft.find), methods=["GET"]),
            Route("/messages/{id}", loft.knows(loft.ask), methods=["GET"]),
            Route("/messages/{id}", loft.knows(loft.keep), methods=["DELETE"]),
            Route("/inbox", loft.knows(loft.inbox)),
            Route("/grain", loft.knows(loft.grain)),
        ]
    )


class Loft:
    def __init__(self, world: World, post: CallbackPoster, clock: Clock) -> None:
        self._world = world
        self._post = post
        self._clock = clock
        self._taken: dict[str, TakenMessage] = {}

    def knows(self, handle: Handler) -> Handler:
        """Whoever shows the key is answered."""

        async def checked(request: Request) -> Response:
            if request.headers.get("x-api-key") != self._world.account(NAME).credentials["api_key"]:
                return JSONResponse({"error": "who are you?"}, 401)
            return await handle(request)

        return checked

    async def send(self, request: Request) -> Response:
        letter = await request.json()
        if not self._world.charge(NAME, 1):
            return JSONResponse({"error": "no grain"}, 402)
        message = self._world.take(
            NAME,
            channel=Channel.SMS,
            recipient=letter["to"],
            id=self._world.uuid(NAME),
            reference=letter["reference"],
            text=letter["text"],
        )
        if message.fate.refused:
            self._world.refuse(message)
            return JSONResponse({"error": "no such sill"}, 400)
        self._taken[message.id] = message
        await self._post.plan(message, [_report(message, beat, letter["tell"]) for beat in message.fate.beats])
        return JSONResponse({"id": message.id}, 202)

    async def find(self, request: Request) -> Response:
        wanted = request.query_params.get("reference")
        found = [message for message in self._taken.values() if message.reference == wanted]
        return JSONResponse([_shown(message, message.standing(self._clock())) for message in found])

    async def ask(self, request: Request) -> Response:
        message = self._taken.get(request.path_params["id"])
        if message is None:
            return JSONResponse({"error": "no such pigeon"}, 404)
        return JSONResponse(_shown(message, message.standing(self._clock())))

    async def keep(self, request: Request) -> Response:
        message = self._taken.get(request.path_params["id"])
        if message is None or message.standing(self._clock()):
            return JSONResponse({"error": "gone"}, 409 if message else 404)
        self._world.cancel(message)
        self._post.withdraw(message)
        return JSONResponse(_shown(message, None))

    async def inbox(self, _: Request) -> Response:
        return JSONResponse({"letters": [], "next": None})

    async def grain(self, _: Request) -> Response:
        return JSONResponse({"grain": self._world.account(NAME).credit})


def _report(message: TakenMessage, beat: Beat, address: str) -> Callback:
    shown = _shown(message, beat)
    body = msgspec.json.encode(shown)
    return Callback(due=message.due(beat), code=shown["state"], beat=beat, body=body, url=address)


def _shown(message: TakenMessage, beat: Beat | None) -> dict[str, Any]:
    at = message.said(beat) if beat else message.cancelled_at or message.taken_at
    state = "kept" if message.cancelled_at else _state(beat)
    told = {"id": message.id, "to": message.recipient, "state": state, "reference": message.reference}
    return {**told, "at": at.isoformat()}


def _state(beat: Beat | None) -> str:
    if beat is None:
        return "waiting"
    if beat.stage in SUCCESSES:
        return "landed"
    return "lost" if beat.stage in FAILURES else "flying"
