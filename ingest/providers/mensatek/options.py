"""What only Mensatek takes of a message: `options` of `POST /v1/messages`, by the names of its own parameters."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from delivery.orders import Order
from ingest.given_options import given_options
from ingest.providers.mensatek.client import MOST_VARIABLES, BatchId
from ingest.unsendable import Unsendable

Text = Annotated[str, Meta(min_length=1, max_length=200)]
VOICE_ONLY: Final = ("lenguajevoz", "remitentevoz")
CERTIFIED_ONLY: Final = ("contacto", "telcontacto", "cifcontacto", "tipocontrato")


class MensatekOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`unicode` follows from the text unless it is given: false has what GSM 03.38 lacks replaced by what is similar.

    `fail2voice` has Mensatek call and read the text out where the SMS cannot be delivered, in `lenguajevoz` (es-ES)
    from `remitentevoz` (E.164, validated in its panel). `variables` are Variable_1 to Variable_10 of this recipient.
    `idmensaje` adds the message to an earlier one's group, whose sender it takes. `certificado` sends it as a
    certified SMS, with `tipocontrato` as an SMS contract, in the name of `contacto`.
    """

    report: bool = True
    unicode: bool | None = None
    variables: Annotated[tuple[str, ...], Meta(max_length=MOST_VARIABLES)] = ()
    idmensaje: BatchId | None = None
    fail2voice: bool = False
    lenguajevoz: Annotated[str, Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    remitentevoz: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    obviarlistanegra: bool = False
    fixutf8: bool = False
    certificado: bool = False
    contacto: Text | None = None
    telcontacto: Text | None = None
    cifcontacto: Text | None = None
    tipocontrato: Annotated[int, Meta(ge=0)] | None = None


def options_of(order: Order) -> MensatekOptions:
    """Raises `Unsendable` for options that no message can have."""
    options = given_options(order, MensatekOptions)
    _require(options, VOICE_ONLY, "fail2voice")
    _require(options, CERTIFIED_ONLY, "certificado")
    if options.fail2voice and options.certificado:
        raise Unsendable("options.fail2voice", "a certified SMS is no call; leave one of the two out")
    return options


def _require(options: MensatekOptions, fields: tuple[str, ...], needed: str) -> None:
    if not getattr(options, needed):
        for field in fields:
            if getattr(options, field) is not None:
                raise Unsendable(f"options.{field}", f"it is for {needed} alone; set that to true or leave this out")
