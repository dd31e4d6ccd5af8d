"""Mensatek's functions as typed requests, and their answers as types. Nothing of ours is in here but the forms.

Each function is a POST of named parameters, as JSON (recommended) or as a form, in which lists stand as JSON text.
`Resp` is always sent: without it the answers are those of old versions, with less in them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct

from ingest.clocks import SPAIN
from ingest.outbound import FORM, JSON, HttpCall
from ingest.providers.mensatek.answers import Answer, Resp, Row

PUBLIC_BASE_URL: Final = "https://api.mensatek.com/v7"
MOST_VARIABLES: Final = 10
FILE_FIELD: Final = "Fichero"
"""The name that Mensatek's PHP library sends a file under; its document names none."""

Flag = Annotated[int, Meta(ge=0, le=1)]
LARGEST_BATCH_ID: Final = 10**18 - 1

BatchId = Annotated[int, Meta(ge=1, le=LARGEST_BATCH_ID, description="The idMensaje that sending was answered with.")]
FileName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]{1,15}\.[A-Za-z0-9]{1,5}$",
        description="The file's name: at most 15 letters and digits, and the extension.",
    ),
]
Form = Annotated[Resp, Meta(description="The form of Mensatek's answer; what is shown is the same.")]


class Encoding(StrEnum):
    JSON = "JSON"
    FORM = "FORM"


class Asked(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename=str.capitalize):
    """A function's parameters. The wire has their names with a capital first letter."""

    resp: Form = Resp.JSON


class EnviarSMS(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    """`remitente` is "" for the account's own; `destinatarios` are made by `recipient`, `fecha` by `spanish_minute`.

    `remitentevoz` is international without plus sign. What `obviarlistanegra` does is said nowhere but in its name:
    it disregards the blacklist.
    """

    remitente: str
    destinatarios: Sequence[Mapping[str, str]]
    mensaje: str
    fecha: str | None = None
    referenciausuario: str | None = None
    report: Flag | None = None
    idmensaje: BatchId | None = None
    fail2voice: Flag | None = None
    lenguajevoz: str | None = None
    remitentevoz: int | None = None
    unicode: Flag | None = None
    obviarlistanegra: Flag | None = None
    fixutf8: Flag | None = None


class EnviarSMSCERTIFICADO(EnviarSMS, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    """Who sends it, for whoever wants to ask back, and which contract: 0 is none, 18 one with a PDF to be signed."""

    contacto: str | None = None
    telcontacto: str | None = None
    cifcontacto: str | None = None
    tipocontrato: int | None = None


class CancelarSMS(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    idmensaje: BatchId


class ReprogramarSMS(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    """`fecha` is made by `spanish_minute`."""

    idmensaje: BatchId
    fecha: str


class GetReportSMS(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    idmensaje: BatchId


class GetReportSMSCERTIFICADO(GetReportSMS, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    """The same of what was sent certified."""


class CargarFichero(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    nombre: FileName
    contenido: Annotated[bytes, Meta(min_length=1, description="The file: PDF, Excel, Word or VCF.")]
    tipo: Annotated[Literal["FILES", "BASE64"], Meta(description="How it is sent: as a form's file or as text.")] = (
        "FILES"
    )
    autoborrado: Annotated[bool, Meta(description="Delete it once a certified SMS or contract has used it.")] = False


class ListarFicheros(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    pass


class BorrarFichero(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    nombre: FileName


class GetCreditos(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    pass


class GetPlantillasSMS(Asked, frozen=True, kw_only=True, omit_defaults=True, rename=str.capitalize):
    pass


def recipient(number: str, variables: Sequence[str] = ()) -> Mapping[str, str]:
    """One of `Destinatarios`: a number with its country code, and `Variable_1` to `Variable_10`.

    Raises `ValueError` where there are more.
    """
    if len(variables) > MOST_VARIABLES:
        raise ValueError(f"at most {MOST_VARIABLES} variables")
    named = {f"Variable_{place}": text for place, text in enumerate(variables, start=1)}
    return {"Movil": number.removeprefix("+"), **named}


def spanish_minute(at: datetime) -> str:
    """`Fecha` for an aware time. Mensatek knows minutes only: the next full one, so that nothing goes out early."""
    up = at if not (at.second or at.microsecond) else at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return up.astimezone(SPAIN).strftime("%Y-%m-%d %H:%M")


def is_told_by_spanish_clocks(at: datetime) -> bool:
    """False in the two hours of autumn that Spain's clocks show alike: `Fecha` cannot tell which is meant."""
    local = at.astimezone(SPAIN)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def request(asked: Asked, encoding: Encoding = Encoding.JSON) -> HttpCall:
    """The call of the function that the type is named after."""
    function = type(asked).__name__
    if isinstance(asked, CargarFichero):
        return _upload(asked)
    parameters = {**msgspec.to_builtins(asked), "Resp": asked.resp.value}
    if encoding is Encoding.FORM:
        flat = {name: _in_form(value) for name, value in parameters.items()}
        return HttpCall("POST", f"/{function}", urlencode(flat).encode(), FORM)
    return HttpCall("POST", f"/{function}", msgspec.json.encode(parameters), JSON)


def _in_form(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _upload(asked: CargarFichero) -> HttpCall:
    """BASE64 as any other call; FILES as a browser's form, which is the only way for a file to be in one."""
    fields = {"Nombre": asked.nombre, "Tipo": asked.tipo, "Resp": asked.resp.value}
    if asked.autoborrado:
        fields["Autoborrado"] = "Si"
    if asked.tipo == "BASE64":
        fields["Contenido"] = msgspec.to_builtins(asked.contenido)
        return HttpCall("POST", "/CargarFichero", msgspec.json.encode(fields), JSON)
    # The same file is the same bytes, boundary included; nothing can contain its own digest.
    boundary = f"acuse-{hashlib.sha256(asked.contenido).hexdigest()[:32]}"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file_head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{FILE_FIELD}"; filename="{asked.nombre}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = (head + file_head).encode() + asked.contenido + f"\r\n--{boundary}--\r\n".encode()
    return HttpCall("POST", "/CargarFichero", body, f"multipart/form-data; boundary={boundary}")


class Submitted(Struct, frozen=True, kw_only=True):
    """What `EnviarSMS` answers. `batch_id` is `idMensaje` as text, `Msgid` in old answers; counts are of messages."""

    result: int
    error: str | None = None
    batch_id: str | None = None
    recipients: int | None = None
    messages: int | None = None
    not_sent: int | None = None
    credits_left: float | None = None
    credits_used: float | None = None
    credits_needed: float | None = None


class Cancelled(Struct, frozen=True, kw_only=True):
    """`result` is how many recipients were cancelled; `credits_recovered` came back for them."""

    result: int
    error: str | None = None
    batch_id: str | None = None
    credits_left: float | None = None
    credits_recovered: float | None = None


class Reported(Struct, frozen=True, kw_only=True):
    """A report's rows, one a recipient, have `fecha`, `tiempo`, `telefono`, `resultado` and `estado`."""

    result: int
    error: str | None = None
    recipients: int | None = None
    credits_left: float | None = None
    rows: tuple[Row, ...] = ()


def submitted(answer: Answer) -> Submitted:
    return Submitted(
        result=answer.result,
        error=answer.text("Error"),
        batch_id=answer.text("idMensaje") or answer.text("Msgid"),
        recipients=answer.integer("Destinatarios"),
        messages=answer.integer("Mensajes"),
        not_sent=answer.integer("NoEnviados"),
        credits_left=answer.number("Cred"),
        credits_used=answer.number("CreditosUsados"),
        credits_needed=answer.number("CreditosNecesarios"),
    )


def cancelled(answer: Answer) -> Cancelled:
    return Cancelled(
        result=answer.result,
        error=answer.text("Error"),
        batch_id=answer.text("idMensaje"),
        credits_left=answer.number("Cred"),
        credits_recovered=answer.number("Credr"),
    )


def reported(answer: Answer) -> Reported:
    return Reported(
        result=answer.result,
        error=answer.text("Error"),
        recipients=answer.integer("Destinatarios"),
        credits_left=answer.number("Cred"),
        rows=tuple(answer.rows("Informe")),
    )
