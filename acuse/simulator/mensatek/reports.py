"""Makes the requests by which Mensatek reports statuses and replies."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from acuse.simulator.accounts import SimulatedAccount
from acuse.simulator.callbacks import Callback
from acuse.simulator.fates import Answered, Beat
from acuse.simulator.mensatek.batches import Attempt, Batch
from acuse.simulator.mensatek.clocks import written
from acuse.simulator.mensatek.statuses import SCHEDULED, WITH_VARIABLES
from delivery.stages import Stage

FORM: Final = "application/x-www-form-urlencoded"
OUR_NUMBER: Final = "34600000000"
RECEIVED: Final = "SMSRECIBIDO"


def callbacks(batch: Batch, attempt: Attempt, account: SimulatedAccount, now: datetime) -> Iterator[Callback]:
    """All that will be reported of an attempt, in the order in which it happens."""
    message = attempt.message
    if message.scheduled_for and batch.attempts.get(message.recipient) is attempt and not message.released(now):
        scheduled = Beat(0.0, Stage.SCHEDULED)
        body = _report(batch, attempt, SCHEDULED[0], now, 0)
        yield _callback(account, now, SCHEDULED[0], scheduled, body)
    for step in attempt.steps:
        body = _report(batch, attempt, step.code, message.said(step.beat), int(step.beat.after))
        yield _callback(account, message.due(step.beat), step.code, step.beat, body)
    reply = message.fate.reply
    if reply:
        said = message.said(reply)
        yield _callback(account, message.due(reply), RECEIVED, reply, _reply(batch, attempt, account, reply, said))


def inbound(account: SimulatedAccount, contact: str, text: str, report_id: int, now: datetime) -> Callback:
    """What is posted of an SMS that a person writes, in answer to nothing."""
    fields = {
        **_received(account, contact, text, now),
        "idR": str(report_id),
        "idM": "0",
        "EsCert": "false",
        "Referencia": "",
    }
    return _callback(account, now, RECEIVED, Answered(0.0, text), fields)


def _callback(
    account: SimulatedAccount, due: datetime, code: str, beat: Beat | Answered, fields: Mapping[str, Any]
) -> Callback:
    if account.callback_format == "form":
        return Callback(due=due, code=code, beat=beat, body=urlencode(fields).encode(), content_type=FORM)
    return Callback(due=due, code=code, beat=beat, body=msgspec.json.encode(fields))


def _report(batch: Batch, attempt: Attempt, code: str, said: datetime, seconds: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Servicio": attempt.service,
        "Resultado": code,
        "Remitente": batch.sender,
        "Movil": attempt.message.recipient.removeprefix("+"),
        "Fecha": written(said),
        "Segundos": str(seconds),
        "idMensaje": str(batch.id),
        "Referencia": attempt.message.reference,
        "idReport": str(attempt.report_id),
    }
    if code in WITH_VARIABLES:
        fields["Variables"] = msgspec.json.encode({"idMensaje": batch.id, "Resultado": code}).decode()
    return fields


def _reply(
    batch: Batch, attempt: Attempt, account: SimulatedAccount, reply: Answered, said: datetime
) -> dict[str, Any]:
    return {
        **_received(account, attempt.message.recipient, reply.text, said),
        "idR": str(attempt.report_id),
        "idM": str(batch.id),
        "EsCert": "true" if attempt.service == "SMSCERTIFICADO" else "false",
        "Referencia": attempt.message.reference,
    }


def _received(account: SimulatedAccount, contact: str, text: str, at: datetime) -> dict[str, Any]:
    return {
        "Servicio": RECEIVED,
        "timestamp": str(int(at.timestamp())),
        "Fecha": written(at),
        "Movil": str(account.options.get("number", OUR_NUMBER)),
        "Remitente": contact.removeprefix("+"),
        "Mensaje": text,
    }
