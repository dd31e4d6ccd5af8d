"""Asking Mensatek how far a message has come, and taking back what is scheduled.

From its document: a report covers all recipients of an `idMensaje`, and so does cancelling. Fast repeated queries of
one report count as spam and may have the connection blocked, and so may identifiers of other accounts: callbacks are
the way to know, and a poll is for what they left open.
"""

import re
from typing import ClassVar, Final, cast

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Payload, Personal, Source, Status
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.outbound import AskResult, HttpAnswer, HttpCall, NothingToAsk, Refused, Told
from ingest.providers.mensatek import client
from ingest.providers.mensatek.answers import Row
from ingest.providers.mensatek.callbacks import NAME, DeliveryReport, status_of
from ingest.providers.mensatek.results import ALREADY_CANCELLED, RESULTS, meaning
from ingest.providers.mensatek.understood import understood
from ingest.statuses import Origin
from ingest.webhook import Unreadable

CERTIFIED: Final = "certificado/"
"""Before `idMensaje` in the handle of what was sent certified: its report is another function's."""
_BATCH: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_WIRE_NAMES: Final = {"telefono": "movil", "tiempo": "segundos"}
"""What a report calls otherwise than a callback does."""


class Asks:
    """What `CanBePolled` and `CancelsMessages` ask for.

    Of a message with Fail2voice a report does not say whether it speaks of the SMS or of the call; without a
    `Servicio` in its row it is taken for the SMS's.
    """

    polls_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    cancels_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})

    def poll_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002 - each account asks alike
        handle = target.handle or ""
        if handle.startswith(CERTIFIED):
            return client.request(client.GetReportSMSCERTIFICADO(idmensaje=_number(handle.removeprefix(CERTIFIED))))
        return client.request(client.GetReportSMS(idmensaje=_batch(target)))

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        """The statuses of the target and of its call alone, though the report may cover many."""
        read = understood(answer, client.reported)
        if not isinstance(read, client.Reported):
            return read
        if read.result <= 0:
            return _unanswered("GetReportSMS", read.result)
        statuses = (_status(row, place, read, target, answer) for place, row in enumerate(read.rows))
        return Told([status for status in statuses if status is not None])

    def cancel_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002
        return client.request(client.CancelarSMS(idmensaje=_batch(target)))

    def read_cancelled(self, target: Target, answer: HttpAnswer) -> AskResult:
        read = understood(answer, client.cancelled)
        if not isinstance(read, client.Cancelled):
            return read
        if read.result > 0 or read.result == ALREADY_CANCELLED:
            return Told([_cancelled(target, answer)])
        return _unanswered("CancelarSMS", read.result)


def _batch(target: Target) -> int:
    return _number(target.ref.partition(":")[0])


def _number(batch: str) -> int:
    if not _BATCH.fullmatch(batch):
        raise NothingToAsk("its idMensaje is no number; Mensatek has no such message")
    return int(batch)


def _status(row: Row, place: int, read: client.Reported, target: Target, answer: HttpAnswer) -> Status | None:
    """The event of one row, the same as its callback's. None for a row of somebody else's, or that cannot be read."""
    batch = target.ref.partition(":")[0]
    fields = {_WIRE_NAMES.get(name, name): text for name, text in row.fields.items()}
    wire = cast("DeliveryReport", {**fields, "idmensaje": batch})
    payload = Payload(sha256=answer.payload.sha256, index=place, count=len(read.rows))
    origin = Origin(Source.POLL, answer.received_at, payload, row.raw, answer.content_type)
    try:
        is_ours = status_of({**wire, "servicio": ""}, origin).ref == target.ref
        return status_of(wire, origin) if is_ours else None
    except Unreadable:
        return None


def _cancelled(target: Target, answer: HttpAnswer) -> Status:
    return Status(
        provider=NAME,
        ref=target.ref,
        channel=target.channel,
        received_at=answer.received_at,
        source=Source.CALL,
        code_text="Cancelled",
        stage=Stage.CANCELLED,
        reason=Reason.CANCELLED,
        final=True,
        timed=False,
        payload=answer.payload,
        personal=Personal(recipient=target.recipient, raw=answer.body, content_type=answer.content_type),
    )


def _unanswered(function: str, result: int) -> Refused:
    known = result in RESULTS[function]
    return Refused(Reason.UNSPECIFIED if known else Reason.UNKNOWN_CODE, str(result), meaning(function, result))
