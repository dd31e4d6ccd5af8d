"""`/_simulator`: what the simulators did, and how the world is changed while they run. For tests and the demo."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from acuse.simulator.callbacks import CallbackPoster, Written
from acuse.simulator.clock import Clock
from acuse.simulator.numbers import e164
from acuse.simulator.requests import RequestLog
from acuse.simulator.world import World
from acuse.simulator.world_file import WorldError, read_world
from delivery.channels import Channel

PAGE: Final = 1_000
MOST_PAGE: Final = 100_000


class _Unasked(ValueError):
    """The message names the parameter and what to write."""


class _Inbound(Struct, frozen=True, forbid_unknown_fields=True):
    provider: str
    channel: Channel
    contact: str = field(name="from")
    text: str


def create(world: World, post: CallbackPoster, log: RequestLog, clock: Clock) -> Starlette:
    """- ``GET messages?provider=&id=&reference=&recipient=&offset=0&limit=1000``: ``{"total", "messages": [...]}``,
      each as ``TakenMessage.document`` tells it, in the order taken; one that was taken twice is there twice.
    - ``GET requests?provider=&limit=1000``: ``{"total", "requests": [...]}``, the latest, as ``Asked.document``.
    - ``GET world``: the world file as it stands, changes included. ``POST world``, TOML or JSON: laid over it.
    - ``POST inbound``, JSON ``{"provider", "channel", "from", "text"}``: a person writes to the account, in answer to
      nothing, which opens a conversation window and is told by callback at once.
    - ``POST outages``, JSON ``{"provider", "for_seconds", "after_seconds": 0, "fault": "error"}``: one outage more,
      counted from now.
    - ``GET state``: ``{"now", "seed", "speed", "messages", "twice", "credit", "callbacks"}``; ``twice`` lists what was
      taken more than once, by reference, or by text where the provider carries none: ``{"provider", "reference",
      "text", "recipient", "channel", "times"}``; ``callbacks.waiting`` is what is yet to be posted, and
      ``callbacks.overdue`` what of it should have been by now.
    """
    control = _Control(world, post, log, clock)
    return Starlette(
        routes=[
            Route("/messages", control.messages),
            Route("/requests", control.requests),
            Route("/world", control.tell_world),
            Route("/world", control.change_world, methods=["POST"]),
            Route("/inbound", control.write, methods=["POST"]),
            Route("/outages", control.strike, methods=["POST"]),
            Route("/state", control.state),
        ],
        exception_handlers={WorldError: _refuse, _Unasked: _refuse},
    )


async def _refuse(_: Request, error: Exception) -> Response:
    return _json({"error": str(error)}, 400)


@dataclass(frozen=True, slots=True)
class _Control:
    world: World
    post: CallbackPoster
    log: RequestLog
    clock: Clock

    async def messages(self, request: Request) -> Response:
        wanted = {name: request.query_params.get(name, "") for name in ("provider", "id", "reference", "recipient")}
        # A `+` in a query is a space to many a client.
        wanted["recipient"] = wanted["recipient"].replace(" ", "+")
        offset, limit = _whole(request, "offset", 0), _whole(request, "limit", PAGE)
        page = self.world.messages.page(offset=offset, limit=limit, **wanted)
        return _json({"total": self.world.messages.total, "messages": [message.document() for message in page]})

    async def requests(self, request: Request) -> Response:
        provider, limit = request.query_params.get("provider", ""), _whole(request, "limit", PAGE)
        fitting = [asked for asked in self.log if not provider or asked.provider == provider]
        latest = fitting[max(len(fitting) - limit, 0) :]
        return _json({"total": self.log.total, "requests": [asked.document() for asked in latest]})

    async def tell_world(self, _: Request) -> Response:
        return _json(self.world.file.model_dump(mode="json", exclude={"providers": {"__all__": {"callback_password"}}}))

    async def change_world(self, request: Request) -> Response:
        self.world.change(_document(await request.body(), request.headers.get("content-type", "")))
        return await self.tell_world(request)

    async def write(self, request: Request) -> Response:
        asked = _inbound(await request.body())
        inbox, contact = self.post.inboxes.get(asked.provider), e164(asked.contact)
        if inbox is None:
            raise _Unasked(f"provider: nobody writes to it; name one of {', '.join(self.post.inboxes)}")
        if contact is None:
            raise _Unasked("from: write the person's number as +34600000000")
        callbacks = inbox(Written(asked.channel, contact, asked.text))
        if not callbacks:
            raise _Unasked(f"channel: nobody writes to {asked.provider} by {asked.channel}; give another one")
        self.world.write(asked.provider, contact)
        self.post.tell(asked.provider, callbacks)
        return _json({"provider": asked.provider, "from": contact, "callbacks": len(callbacks)}, 202)

    async def strike(self, request: Request) -> Response:
        asked = dict(_document(await request.body(), "json"))
        provider = str(asked.pop("provider", ""))
        [outage] = read_world({"providers": {provider: {"outages": [asked]}}}, "the outage").providers[provider].outages
        self.world.strike(provider, outage)
        return _json({"provider": provider, **outage.model_dump(mode="json")}, 202)

    async def state(self, _: Request) -> Response:
        return _json(
            {
                "now": self.clock().isoformat(),
                "seed": self.world.seed,
                "speed": self.world.speed,
                "messages": self.world.messages.total,
                "twice": _twice(self.world),
                "credit": {name: self.world.account(name).credit for name in self.world.accounts},
                "callbacks": {
                    "waiting": self.post.waiting,
                    "overdue": self.post.overdue,
                    "posted": self.post.tally.posted,
                    "taken": self.post.tally.taken,
                    "given_up": self.post.tally.given_up,
                    "no_room": self.post.tally.no_room,
                },
            }
        )


def _twice(world: World) -> list[dict[str, Any]]:
    times: Counter[tuple[str, ...]] = Counter()
    for message in world.messages:
        if not message.refused:
            text = "" if message.reference else message.text
            times[message.provider, message.reference, text, message.recipient, message.channel.value] += 1
    names = ("provider", "reference", "text", "recipient", "channel")
    return [{**dict(zip(names, key, strict=True)), "times": count} for key, count in times.items() if count > 1]


def _inbound(body: bytes) -> _Inbound:
    try:
        return msgspec.json.decode(body, type=_Inbound)
    except msgspec.MsgspecError as error:
        raise _Unasked(f'{error}; write {{"provider", "channel", "from", "text"}}') from None


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
