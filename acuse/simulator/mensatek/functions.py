"""The functions behind their URLs: who asks, what for, and in what form it is answered."""

import base64
import binascii
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from acuse.simulator.callbacks import CallbackPoster
from acuse.simulator.clock import Clock
from acuse.simulator.mensatek.answers import answer
from acuse.simulator.mensatek.library import Library
from acuse.simulator.mensatek.parameters import Parameters, read_parameters
from acuse.simulator.mensatek.protection import Protection
from acuse.simulator.mensatek.results import Failed
from acuse.simulator.mensatek.sending import NAME, Sender
from acuse.simulator.world import World

Members: TypeAlias = dict[str, Any]
Function: TypeAlias = Callable[[Parameters], Members | Awaitable[Members]]

QUESTIONS: Final = frozenset({"getcreditos", "getreportsms", "getreportsmscertificado"})
"""Functions that nobody should ask again and again."""
NEED_NOTHING: Final = frozenset({"getcreditos", "listarficheros", "getplantillassms"})
IN_CAPITALS: Final = frozenset({"cancelarsms"})
"""Functions that answer CRED for Cred."""
SPAM_LIMIT: Final = 10
SPAM_SECONDS: Final = 60.0
TEMPLATES: Final[Mapping[str, str]] = {
    "Cita": "Le recordamos su cita el (Variable_1) a las (Variable_2).",
    "Aviso": "Su pedido está en camino.",
}


def create(world: World, post: CallbackPoster, clock: Clock) -> Starlette:
    """The provider. See the package for what it knows."""
    simulator = _Mensatek(world, post, clock)
    return Starlette(routes=[Route("/{path:path}", simulator.call, methods=["POST"])])


class _Mensatek:
    def __init__(self, world: World, post: CallbackPoster, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._protection = Protection()
        sender, library = Sender(world, post, clock), Library(clock)
        self._functions: Mapping[str, Function] = {
            "enviarsms": sender.send,
            "enviarsmscertificado": lambda parameters: sender.send(parameters, certified=True),
            "cancelarsms": sender.cancel,
            "reprogramarsms": sender.reschedule,
            "getreportsms": sender.report,
            "getreportsmscertificado": sender.report,
            "cargarfichero": lambda parameters: library.add(parameters, world.account(NAME).options),
            "listarficheros": lambda _: library.all(),
            "borrarfichero": library.remove,
            "getcreditos": lambda _: {"Res": 1},
            "getplantillassms": lambda _: {"Res": 1, "Total": len(TEMPLATES), "Plantillas": dict(TEMPLATES)},
        }

    async def call(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if self._protection.blocks(address, self._clock()):
            return PlainTextResponse("Acceso bloqueado temporalmente", 403)
        name = request.path_params["path"].rstrip("/").rpartition("/")[2].removesuffix(".php").lower()
        function = self._functions.get(name)
        if function is None:
            return PlainTextResponse("No existe esa función", 404)
        parameters = await read_parameters(request)
        form = parameters.text("resp")
        as_object = self._world.account(NAME).options.get("json") == "object"
        if not self._proves(request):
            self._strike(address)
            return answer({"Res": -1}, form, as_object=as_object)
        self._watch(address, name, parameters)
        members = await self._result(function, parameters)
        credit = "CRED" if name in IN_CAPITALS else "Cred"
        members[credit] = self._world.account(NAME).credit
        return answer(members, form, as_object=as_object)

    @staticmethod
    async def _result(function: Function, parameters: Parameters) -> Members:
        try:
            result = function(parameters)
            return await result if inspect.isawaitable(result) else result
        except Failed as failed:
            return {"Res": failed.result, **failed.members}

    def _proves(self, request: Request) -> bool:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        credentials = self._world.account(NAME).credentials
        try:
            shown = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        return scheme.lower() == "basic" and shown == f"{credentials['api_user']}:{credentials['api_token']}"

    def _watch(self, address: str, name: str, parameters: Parameters) -> None:
        """What is no mistake of the credentials and taken for spam all the same."""
        empty = parameters.empty and name not in NEED_NOTHING
        question = f"{name} {parameters.text('idmensaje')}"
        if empty or (name in QUESTIONS and self._protection.repeats(address, question, self._clock())):
            self._strike(address)

    def _strike(self, address: str) -> None:
        options = self._world.account(NAME).options
        self._protection.strike(
            address,
            self._clock(),
            limit=int(options.get("spam_limit", SPAM_LIMIT)),
            seconds=float(options.get("spam_seconds", SPAM_SECONDS)),
        )
