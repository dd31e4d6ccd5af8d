"""What Mensatek does beside messages: credit, templates, files, reports of whole sends, putting off what is scheduled.

Its document advises against asking for credit or a report again and again: that counts as spam.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta, Struct

from delivery.events import Moment
from ingest.operations import Operation, OperationFailed
from ingest.outbound import HttpAnswer, HttpCall
from ingest.providers.mensatek import client
from ingest.providers.mensatek.answers import Answer, Resp, UnreadableAnswer, read_answer
from ingest.providers.mensatek.results import meaning

Shown: TypeAlias = Callable[[Answer], Mapping[str, Any]]
UNAUTHORISED: Final = frozenset({401, 403, 407})


class Reschedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    idmensaje: client.BatchId
    at: Annotated[Moment, Meta(description="The new time, yet to come: 2026-03-01T12:00:00+01:00, or with Z.")]
    resp: client.Form = Resp.JSON


def _reschedule(wanted: Reschedule) -> HttpCall:
    if not client.is_told_by_spanish_clocks(wanted.at):
        raise OperationFailed("reschedule: Spain's clocks show that hour twice; give a time outside of it")
    fecha = client.spanish_minute(wanted.at)
    return client.request(client.ReprogramarSMS(idmensaje=wanted.idmensaje, fecha=fecha, resp=wanted.resp))


def _function(asked: type[client.Asked], about: str, shown: Shown) -> Operation:
    return Operation(about=about, parameters=asked, call=client.request, read=_reader(asked, shown))


def _reader(asked: type[client.Asked], shown: Shown) -> Callable[[HttpAnswer], Any]:
    name = asked.__name__

    def read(answer: HttpAnswer) -> Mapping[str, Any]:
        if answer.status in UNAUTHORISED:
            raise OperationFailed(f"{name}: HTTP {answer.status}: it does not take these credentials")
        try:
            # Told by their look: the answer says itself whether it is JSON, XML or text.
            members = read_answer(answer, None)
            result = members.result
        except UnreadableAnswer as error:
            raise OperationFailed(f"{name}: HTTP {answer.status}, and the answer cannot be read: {error}") from None
        if result > 0 and not answer.succeeded:
            raise OperationFailed(f"{name}: HTTP {answer.status}, though the answer says that it went well")
        if result <= 0:
            said = members.text("Error")
            raise OperationFailed(f"{name}: {result}: {meaning(name, result)}{f': {said}' if said else ''}")
        return {"result": result, **shown(members), "credits_left": members.number("Cred")}

    return read


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


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "credit": _function(client.GetCreditos, "The credit that is left.", _nothing),
        "templates": _function(client.GetPlantillasSMS, "The SMS templates: each a name and its text.", _templates),
        "report": _function(client.GetReportSMS, "How far all recipients of one idMensaje have come.", _report),
        "reschedule": Operation(
            about="Give all of an idMensaje that is scheduled another time.",
            parameters=Reschedule,
            call=_reschedule,
            read=_reader(client.ReprogramarSMS, _nothing),
        ),
        "files": _function(client.ListarFicheros, "The files in the library, for messages to bring.", _files),
        "upload": _function(client.CargarFichero, "Put a file into the library.", _name),
        "delete-file": _function(client.BorrarFichero, "Delete a file that nobody needs any more.", _nothing),
    }
)
