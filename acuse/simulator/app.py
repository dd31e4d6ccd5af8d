"""All simulators in one application, each under `/<name>`, with the control API under `/_simulator`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from acuse.simulator import ainumber, altiria, control, enviosms, mensatek, messente
from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock, system_clock
from acuse.simulator.faults import Faults
from acuse.simulator.requests import RequestLog
from acuse.simulator.world import World

Create: TypeAlias = Callable[[World, CallbackPoster, Clock], Starlette]

SIMULATORS: Final[Mapping[str, Create]] = {
    "mensatek": mensatek.create,
    "messente": messente.create,
    "altiria": altiria.create,
    "ainumber": ainumber.create,
    "enviosms": enviosms.create,
}


def create_app(world: World, clock: Clock = system_clock) -> Starlette:
    """Callbacks are posted from the application's start to its end (its lifespan)."""
    post = CallbackPoster(world, clock)
    log = RequestLog()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with post.running():
            yield

    providers = [
        route
        for name, create in SIMULATORS.items()
        for app in [Faults(create(world, post, clock), name, world, clock, log)]
        # An address may be the whole of an endpoint, without a slash behind it.
        for route in (Route(f"/{name}", app), Mount(f"/{name}", app))
    ]
    return Starlette(
        routes=[*providers, Mount("/_simulator", control.create(world, post, log, clock))], lifespan=lifespan
    )
