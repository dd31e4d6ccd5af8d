"""What Mensatek does beside messages: credit, templates, files, reports of whole sends, putting off what is scheduled.

The names are its functions'. Its document advises against asking for credit or a report again and again: that is spam.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from ingest.operations import Operation, OperationFailed
from ingest.outbound import HttpAnswer
from ingest.providers.mensatek import client
from ingest.providers.mensatek.answers import Answer, UnreadableAnswer, read_answer
from ingest.providers.mensatek.results import meaning

UNAUTHORISED: Final = frozenset({401, 403, 407})


class _Function(NamedTuple):
    asked: type[client.Asked]
    about: str
    shown: Callable[[Answer], Mapping[str, Any]]


def _operation(function: _Function) -> Operation:
    name = function.asked.__name__

    def read(answer: HttpAnswer) -> Mapping[str, Any]:
        if answer.status in UNAUTHORISED:
            raise OperationFailed(f"{name}: HTTP {answer.status}: it does not take these credentials")
        try:
            # Told by their look: the answer says itself whether it is JSON, XML or text.
            members = read_answer(answer, None)
            result = members.result
        except UnreadableAnswer as error:
            raise OperationFailed(f"{name}: HTTP {answer.status}, and the answer cannot be read: {error}") from None
        if result <= 0:
            said = members.text("Error")
            raise OperationFailed(f"{name}: {result}: {meaning(name, result)}{f': {said}' if said else ''}")
        return {"result": result, **function.shown(members), "credits_left": members.number("Cred")}

    return Operation(about=function.about, parameters=function.asked, call=client.request, read=read)


def _nothing(_: Answer) -> Mapping[str, Any]:
    return {}


def _name(answer: Answer) -> Mapping[str, Any]:
    return {"name": answer.text("Nombre")}


def _files(answer: Answer) -> Mapping[str, Any]:
    return {"files": [dict(row.fields) for row in answer.rows("Ficheros")]}


def _templates(answer: Answer) -> Mapping[str, Any]:
    return {"total": answer.integer("Total"), "templates": dict(answer.texts("Plantillas"))}


def _report(answer: Answer) -> Mapping[str, Any]:
    read = client.reported(answer)
    return {"recipients": read.recipients, "report": [dict(row.fields) for row in read.rows]}


_FUNCTIONS: Final = (
    _Function(client.GetCreditos, "The credit that is left.", _nothing),
    _Function(client.GetPlantillasSMS, "The account's SMS templates, each a name and its text.", _templates),
    _Function(client.GetReportSMS, "How far all recipients of one idMensaje have come.", _report),
    _Function(client.ReprogramarSMS, "Put off all of an idMensaje that is scheduled.", _nothing),
    _Function(client.ListarFicheros, "The files in the library, which messages can bring.", _files),
    _Function(client.CargarFichero, "Upload a file to the library.", _name),
    _Function(client.BorrarFichero, "Delete a file from the library, once nobody needs it.", _nothing),
)


class Operates:
    """What `HasOperations` asks for."""

    operations: ClassVar[Mapping[str, Operation]] = MappingProxyType(
        {function.asked.__name__: _operation(function) for function in _FUNCTIONS}
    )
