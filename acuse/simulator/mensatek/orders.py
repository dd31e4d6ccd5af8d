"""Reads EnviarSMS: what is asked for, or -3 with what is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from acuse.simulator.mensatek.clocks import read_minute
from acuse.simulator.mensatek.parameters import Parameters
from acuse.simulator.mensatek.results import wrong
from acuse.simulator.mensatek.texts import as_gsm

DEFAULT_SENDER: Final = "INFO"
LONGEST_NAME: Final = 11
STILL_NOW: Final = timedelta(minutes=1)
_NUMERIC: Final = re.compile(r"\+?\d+", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}-[A-Z]{2}", re.ASCII)
_MOST_DIGITS: Final = 15
_SPAIN: Final = "ES"


@dataclass(frozen=True, slots=True, eq=False)
class Recipient:
    """``number`` is E.164. ``mobile`` is False for what can only be called. Variables by lower-case names."""

    number: str
    mobile: bool
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """``asked`` counts all recipients, also wrong ones and those twice there. ``group`` names an earlier send."""

    sender: str
    recipients: Sequence[Recipient]
    asked: int
    text: str
    unicode: bool
    scheduled_for: datetime | None
    reference: str
    reported: bool
    group: int | None
    voice: bool
    certified: bool
    contract: int


def read_order(parameters: Parameters, now: datetime, *, certified: bool) -> Order:
    """Raises ``Failed``."""
    for name, spelled in (("remitente", "Remitente"), ("destinatarios", "Destinatarios"), ("mensaje", "Mensaje")):
        if not parameters.has(name):
            raise wrong(f"Falta el parámetro obligatorio {spelled}")
    rows = parameters.structure("destinatarios")
    if not isinstance(rows, list) or not rows:
        raise wrong("Destinatarios debe ser un array JSON de objetos con Movil")
    voice = parameters.flag("fail2voice")
    recipients = _recipients(rows, voice=voice)
    if not recipients:
        raise wrong("Destinatarios no contiene ningún móvil correcto")
    if voice:
        _check_voice(parameters)
    unicode = parameters.flag("unicode")
    text = parameters.text("mensaje")
    return Order(
        sender=_sender(parameters.text("remitente").strip()),
        recipients=recipients,
        asked=len(rows),
        text=text if unicode else as_gsm(text),
        unicode=unicode,
        scheduled_for=_scheduled(parameters, now),
        reference=parameters.text("referenciausuario"),
        reported=parameters.flag("report") or not parameters.has("report"),
        group=_number(parameters, "idmensaje", "Idmensaje"),
        voice=voice,
        certified=certified,
        contract=(_number(parameters, "tipocontrato", "TipoContrato") or 0) if certified else 0,
    )


def batch_id(parameters: Parameters) -> int:
    """The one that a function asks for. Raises ``Failed``."""
    found = _number(parameters, "idmensaje", "Idmensaje")
    if found is None:
        raise wrong("Falta el parámetro obligatorio Idmensaje")
    return found


def _recipients(rows: Sequence[Any], *, voice: bool) -> list[Recipient]:
    found: dict[str, Recipient] = {}
    for row in rows:
        fields = {str(name).lower(): str(value) for name, value in row.items()} if isinstance(row, Mapping) else {}
        number, mobile = _phone(fields.pop("movil", ""))
        if number and (mobile or voice):
            found.setdefault(number, Recipient(number, mobile, fields))
    return list(found.values())


@lru_cache(maxsize=8192)
def _phone(written: str) -> tuple[str | None, bool]:
    """A number as E.164, and whether it may be a mobile. One without country is Spanish."""
    digits = written.strip().removeprefix("+").removeprefix("00")
    if not digits.isdecimal():
        return None, False
    spanish = len(digits) == 9 and digits[0] in "6789"  # noqa: PLR2004 - so long are Spanish numbers
    try:
        number = phonenumbers.parse(digits if spanish else f"+{digits}", _SPAIN if spanish else None)
    except phonenumbers.NumberParseException:
        return None, False
    if not phonenumbers.is_possible_number(number):
        return None, False
    kind = phonenumbers.number_type(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), kind != PhoneNumberType.FIXED_LINE


def _sender(written: str) -> str:
    if not written:
        return DEFAULT_SENDER
    if _NUMERIC.fullmatch(written):
        if len(written.removeprefix("+")) > _MOST_DIGITS:
            raise wrong("Remitente numérico de más de 15 dígitos")
    elif len(written) > LONGEST_NAME:
        raise wrong("Remitente alfanumérico de más de 11 caracteres")
    return written


def _check_voice(parameters: Parameters) -> None:
    caller = parameters.text("remitentevoz").removeprefix("+")
    if not caller.isdecimal() or not 7 <= len(caller) <= _MOST_DIGITS:  # noqa: PLR2004 - as short as numbers are
        raise wrong("Remitentevoz debe ser un teléfono validado en formato internacional")
    language = parameters.text("lenguajevoz")
    if language not in ("", "0") and not _LANGUAGE.fullmatch(language):
        raise wrong("Lenguajevoz no es un lenguaje soportado")


def _scheduled(parameters: Parameters, now: datetime) -> datetime | None:
    if not parameters.has("fecha"):
        return None
    at = read_minute(parameters.text("fecha").strip())
    if at is None:
        raise wrong("Fecha debe tener el formato Año-Mes-dia hora:minuto")
    if at < now - STILL_NOW:
        raise wrong("Fecha ya ha pasado")
    return at if at > now else None


def _number(parameters: Parameters, name: str, spelled: str) -> int | None:
    if not parameters.has(name):
        return None
    written = parameters.text(name).strip()
    if not written.isdecimal() or len(written) > 18:  # noqa: PLR2004 - what a 64-bit integer holds for certain
        raise wrong(f"{spelled} debe ser un entero")
    return int(written)
