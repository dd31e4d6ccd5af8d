"""Mensatek (SMS, certified SMS, SMS contracts; voice by Fail2voice), API 7.0.

From its document, callbacks:
- Reports come by POST, as JSON or as a form, with Basic credentials that are set in the panel.
- `idMensaje` is one id for all the recipients of a send, so an attempt is `idMensaje` and `Movil` together.
- `Movil` may be an e-mail address: it is one in the document's own sample.
- `Fecha` has no zone. The document says that times of *sending* are CET/CEST; for reports it is assumed.
- `Segundos` is the delivery time as Mensatek computed it; 70 and 106 say that it is not known.
- The same meaning stands for codes that have failed (51, 131, 132) and one that is being retried (1003): only the
  title's "Retrying..." tells them apart.
- In a reply `Movil` is our number and `Remitente` the person, the other way round from reports. `idR` and `idM` both
  name the message that it answers, so nothing names the reply itself: two replies are told apart by their bytes.
From its document, calls:
- Basic credentials; JSON or a form; parameters in any case; `Referenciausuario` is carried back as `Referencia`.
- `Res` above zero went well, and below it did not (`results.py`), with HTTP's status saying little.
- Sending times are to the minute, and cancelling takes back a whole `idMensaje`; so each message gets its own, but for
  those that `options.idmensaje` joins.
- Repeated errors, empty queries and the same report again and again count as spam and can have us blocked.
From its public documentation and what public clients do, the document being silent: the address, `/v7` included, the
name of an uploaded file's field, and certified SMS and contracts, which are another document's (`EnviarSMSCERTIFICADO`
and `GetReportSMSCERTIFICADO`, with `Contacto`, `Telcontacto`, `Cifcontacto` and `Tipocontrato`).
Assumed, the document being silent:
- Field names of callbacks are matched in any case (its send function says so of its own parameters), and several
  reports may come as one JSON array.
- A voice leg (Fail2voice) has another `Servicio`, with VOZ, VOICE or LLAMADA in it, and the same `idMensaje`. Only
  callbacks tell of it: the rows of a report have no `Servicio`.
- `idMensaje` is an integer, so leading zeros do not make it another one, and a number without country is Spanish.
- What answers in XML and text look like (`answers.py`); messages ask for JSON, `acuse provider` for any.
- One message that was not sent (`NoEnviados`) had a wrong number, or in a group possibly one that was there already.
- A message that "has already been cancelled" is cancelled.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from delivery.channels import Channel
from delivery.outcomes import Outcome
from ingest.operations import Operation
from ingest.provider import Provider
from ingest.providers.mensatek.asking import Asks
from ingest.providers.mensatek.callbacks import NAME, Callbacks
from ingest.providers.mensatek.codes import CODES
from ingest.providers.mensatek.operations import OPERATIONS
from ingest.providers.mensatek.sending import Sends


class Mensatek(Callbacks, Sends, Asks):
    name: ClassVar[str] = NAME
    title: ClassVar[str] = "Mensatek"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_user", "api_token")
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS, Channel.VOICE, Channel.EMAIL})
    codes: ClassVar[Mapping[str, Outcome]] = CODES
    operations: ClassVar[Mapping[str, Operation]] = OPERATIONS


PROVIDER: Final[type[Provider]] = Mensatek
