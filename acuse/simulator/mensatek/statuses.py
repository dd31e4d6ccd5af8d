"""Mensatek's statuses: which of them tell what happens in the world, and their texts."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from acuse.simulator.endings import Ending
from acuse.simulator.fates import Beat, Fate
from delivery.reasons import Reason
from delivery.stages import Stage

WAITING: Final = ("0", "2", "10", "1000", "1002")
DELIVERED: Final = ("11", "13")
NOT_TIMED: Final = ("70", "106")
EXPIRED: Final = ("53", "101", "103", "113")
SCHEDULED: Final = ("1", "1001")
SENDING: Final = "1002"
CERTIFIED: Final = "13"
RETRYING: Final = ("121", "123", "126", "134", "135", "1003")
"""Said of what is tried again and then delivered; of a handset that stays off, ``HELD_UP``."""
HELD_UP: Final[Mapping[Reason, tuple[str, ...]]] = {Reason.ABSENT_SUBSCRIBER: ("123", "126")}
FAILED: Final[Mapping[Reason, tuple[str, ...]]] = {
    Reason.UNKNOWN_NUMBER: ("50", "110", "111", "112", "130", "133", "136", "137"),
    Reason.INVALID_NUMBER: ("104",),
    Reason.OPTED_OUT: ("54", "102"),
    Reason.BLOCKED: ("55", "125"),
    Reason.NOT_ON_CHANNEL: ("124",),
    Reason.HANDSET_ERROR: ("51", "132"),
    Reason.HANDSET_FULL: ("131",),
    Reason.NETWORK_ERROR: ("52",),
    Reason.UNROUTABLE: ("140", "141"),
    Reason.ABSENT_SUBSCRIBER: EXPIRED,
    Reason.EXPIRED: EXPIRED,
}
OTHERWISE: Final = ("52",)
"""For what Mensatek has no status of: refused contents and the like."""

CONTRACT_BY_REPLY: Final = ("15", "16", "17")
CONTRACT_BY_PDF: Final = ("160", "161", "162", "163", "181")
BASIC_ACCEPTANCE: Final = ("160", "161", "162", "180")
REJECTED: Final = ("160", "161", "190")
WITH_VARIABLES: Final = frozenset({"160", "180", "181", "190", "195"})
PDF: Final = 18
"""`TipoContrato` of a contract with a document to be signed; others are accepted by a reply, 0 is none."""

TEXTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("0", "2", "10", "1000"), "Pendiente de entrega"),
    **dict.fromkeys(SCHEDULED, "Programado"),
    "1002": "Enviando",
    **dict.fromkeys(DELIVERED, "Entregado al Teléfono"),
    "14": "SMS Certificado entregado y certificado",
    **dict.fromkeys(NOT_TIMED, "Entregado al Teléfono. Tiempo de entrega no disponible"),
    **dict.fromkeys(EXPIRED, "El mensaje ha caducado"),
    "54": "Número en lista negra",
    "55": "Número bloqueado",
    "102": "Usuario dado de baja",
    "104": "El teléfono no es correcto",
    "123": "Teléfono apagado o fuera de cobertura",
    "126": "Teléfono ocupado",
}
NO_TEXT: Final = "Fallo en la entrega"


@dataclass(frozen=True, slots=True)
class Step:
    """A beat and the status that tells it."""

    beat: Beat
    code: str


def steps(fate: Fate, *, certified: bool = False, contract: int = 0) -> tuple[Step, ...]:
    """The story of a fate in Mensatek's statuses; what it could say in several ways is drawn from the fate."""
    held_up = {Reason.ABSENT_SUBSCRIBER: RETRYING} if fate.ending is Ending.RETRIED else HELD_UP
    told = [Step(beat, _code(beat, fate, held_up)) for beat in fate.beats]
    if certified and told and told[-1].beat.stage is Stage.DELIVERED:
        delivered = told[-1].beat
        told[-1] = Step(delivered, CERTIFIED)
        told.append(Step(Beat(delivered.after + 2, Stage.DELIVERED), "14"))
        told += _contract(contract, delivered.after + 2, fate.chance)
    return tuple(told)


def text(code: str) -> str:
    return TEXTS.get(code, NO_TEXT)


def _code(beat: Beat, fate: Fate, held_up: Mapping[Reason, tuple[str, ...]]) -> str:
    chance = fate.chance
    if beat.stage is Stage.DELIVERED or beat.stage is Stage.SEEN:
        return chance.choice(DELIVERED if fate.timed else NOT_TIMED)
    if beat.stage is Stage.SENT:
        return chance.choice(held_up.get(beat.reason, WAITING) if beat.reason else WAITING)
    return chance.choice(FAILED.get(beat.reason, OTHERWISE) if beat.reason else OTHERWISE)


def _contract(contract: int, begun: float, chance: random.Random) -> list[Step]:
    if not contract:
        return []
    codes: Sequence[str] = CONTRACT_BY_REPLY
    if contract == PDF:
        codes = chance.choices((CONTRACT_BY_PDF, BASIC_ACCEPTANCE, REJECTED), weights=(5, 4, 1))[0]
    told = []
    for code in codes:
        begun += chance.uniform(5, 120)
        told.append(Step(Beat(begun, Stage.DELIVERED if code == "15" else Stage.SEEN), code))
    return told
