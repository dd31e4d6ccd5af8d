"""`/_simulator`: what the simulators did, and how the world is changed while they run. For tests and the demo."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.requests import RequestLog
from acuse.simulator.world import World
from acuse.simulator.world_file import WorldError

PAGE: Final = 1_000
MOST_PAGE: Final = 100_000


class _Unasked(ValueError):
    """The message names the parameter and what to write."""


def create(world: World, post: CallbackPoster, log: RequestLog, clock: Clock) -> Starlette:
    """- ``GET messages?provider=&id=&reference=&recipient=&offset=0&limit=1000``: ``{"total", "messages": [...]}``,
      each as ``TakenMessage.document`` tells it, in the order taken; one that was taken twice is there twice.
    - ``GET requests?provider=&limit=1000``: ``{"total", "requests": [...]}``, the latest, as ``Asked.document``.
    - ``GET world``: the world file as it stands, changes included. ``POST world``, TOML or JSON: laid over it.
    - ``GET state``: ``{"now", "seed", "speed", "messages", "twice", "credit", "callbacks"}``; ``twice`` lists what was
      taken more than once, by reference, or by text where the provider carries none: ``{"provider", "reference",
      "text", "recipient", "channel", "times"}``; ``callbacks.waiting`` is what is yet to be posted, and
      ``callbacks.overdue`` what of it should have been by now.
    """

    async def messages(request: Request) -> Response:
        wanted = {name: request.query_params.get(name, "") for name in ("provider", "id", "reference", "recipient")}
        # A `+` in a query is a space to many a client.
        wanted["recipient"] = wanted["recipient"].replace(" ", "+")
        page = world.messages.page(offset=_whole(request, "offset", 0), limit=_whole(request, "limit", PAGE), **wanted)
        return _json({"total": world.messages.total, "messages": [message.document() for message in page]})

    async def requests(request: Request) -> Response:
        provider, limit = request.query_params.get("provider", ""), _whole(request, "limit", PAGE)
        fitting = [asked for asked in log if not provider or asked.provider == provider]
        latest = fitting[max(len(fitting) - limit, 0) :]
        return _json({"total": log.total, "requests": [asked.document() for asked in latest]})

    async def tell_world(_: Request) -> Response:
        return _json(world.file.model_dump(mode="json", exclude={"providers": {"__all__": {"callback_password"}}}))

    async def change_world(request: Request) -> Response:
        world.change(_document(await request.body(), request.headers.get("content-type", "")))
        return await tell_world(request)

    async def state(_: Request) -> Response:
        return _json(
            {
                "now": clock().isoformat(),
                "seed": world.seed,
                "speed": world.speed,
                "messages": world.messages.total,
                "twice": _twice(world),
                "credit": {name: world.account(name).credit for name in world.accounts},
                "callbacks": {
                    "waiting": post.waiting,
                    "overdue": post.overdue,
                    "posted": post.tally.posted,
                    "taken": post.tally.taken,
                    "given_up": post.tally.given_up,
                    "no_room": post.tally.no_room,
                },
            }
        )

    async def refuse(_: Request, error: Exception) -> Response:
        return _json({"error": str(error)}, 400)

    return Starlette(
        routes=[
            Route("/messages", messages),
            Route("/requests", requests),
            Route("/world", tell_world),
            Route("/world", change_world, methods=["POST"]),
            Route("/state", state),
        ],
        exception_handlers={WorldError: refuse, _Unasked: refuse},
    )


def _twice(world: World) -> list[dict[str, Any]]:
    times: Counter[tuple[str, ...]] = Counter()
    for message in world.messages:
        if not message.refused:
            text = "" if message.reference else message.text
            times[message.provider, message.reference, text, message.recipient, message.channel.value] += 1
    names = ("provider", "reference", "text", "recipient", "channel")
    return [{**dict(zip(names, key, strict=True)), "times": count} for key, count in times.items() if count > 1]


def _document(body: bytes, content_type: str) -> Mapping[str, Any]:
    try:
        document = msgspec.json.decode(body) if "json" in content_type else tomllib.loads(body.decode())
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"the change is neither JSON (content-type application/json) nor TOML: {error}") from None
    if not isinstance(document, Mapping):
        raise WorldError('the change must be a table; write {"providers": {"mensatek": {"credit": 0}}}')
    return document


def _whole(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, str(otherwise))
    if not text.isdecimal() or int(text) > MOST_PAGE:
        raise _Unasked(f"{name}: write a whole number from 0 to {MOST_PAGE}")
    return int(text)


def _json(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
