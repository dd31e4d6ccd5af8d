"""Mensatek (SMS, certified SMS, SMS contracts; voice by Fail2voice).

From its document (SMS API 7.0, "Reception of delivery reports", "Reception of replies"):
- Reports come by POST, as JSON or as a form, with Basic credentials that are set in the panel.
- `idMensaje` is one id for all the recipients of a send, so an attempt is `idMensaje` and `Movil` together.
- `Movil` may be an e-mail address: it is one in the document's own sample.
- `Fecha` has no zone. The document says that times of *sending* are CET/CEST; for reports it is assumed.
- `Segundos` is the delivery time as Mensatek computed it; 70 and 106 say that it is not known.
- The same meaning stands for codes that have failed (51, 131, 132) and one that is being retried (1003): only the
  title's "Retrying..." tells them apart.
- In a reply `Movil` is our number and `Remitente` the person, the other way round from reports. `idR` and `idM` both
  name the message that it answers, so nothing names the reply itself: two replies are told apart by their bytes.
Assumed, the document being silent:
- Field names are matched in any case (its send function says so of its own parameters), and several reports may come
  as one JSON array.
- A voice leg (Fail2voice) has another `Servicio`, with VOZ, VOICE or LLAMADA in it, and the same `idMensaje`.
- `idMensaje` is an integer, so leading zeros do not make it another one, and a number without country is Spanish.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from delivery.channels import Channel
from delivery.outcomes import Outcome
from ingest.provider import Provider
from ingest.providers.mensatek.callbacks import NAME, Callbacks
from ingest.providers.mensatek.codes import CODES


class Mensatek(Callbacks):
    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Mensatek"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_user", "api_token")
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS, Channel.VOICE, Channel.EMAIL})
    codes: ClassVar[Mapping[str, Outcome]] = CODES


PROVIDER: Final[type[Provider]] = Mensatek
