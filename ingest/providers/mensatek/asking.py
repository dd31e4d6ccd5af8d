"""Asking Mensatek how far a message has come, and taking back what is scheduled.

From its document: a report covers all recipients of an `idMensaje`, and so does cancelling. Fast repeated queries of
one report count as spam and may have the connection blocked, and so may identifiers of other accounts: callbacks are
the way to know, and a poll is for what they left open.
"""

from typing import ClassVar, Final, cast

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.events import Payload, Personal, Source, Status
from delivery.reasons import Reason
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.outbound import AskResult, HttpAnswer, HttpCall, Refused, Told
from ingest.providers.mensatek import client
from ingest.providers.mensatek.answers import Row
from ingest.providers.mensatek.callbacks import NAME, DeliveryReport, Origin, status_of
from ingest.providers.mensatek.results import ALREADY_CANCELLED, RESULTS, meaning
from ingest.providers.mensatek.understood import understood
from ingest.webhook import Unreadable

CERTIFIED: Final = "certificado/"
"""Before `idMensaje` in the handle of what was sent certified: its report is another function's."""
_WIRE_NAMES: Final = {"telefono": "movil", "tiempo": "segundos"}
"""What a report calls otherwise than a callback does."""


class Asks:
    """What `CanBePolled` and `CancelsMessages` ask for. A voice leg (Fail2voice) is in no report of its own."""

    polls_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    cancels_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})

    def poll_call(self, target: Target, account: Account) -> HttpCall:  # noqa: ARG002 - each account asks alike
        handle = target.handle or ""
        if handle.startswith(CERTIFIED):
            return client.request(client.GetReportSMSCERTIFICADO(idmensaje=_number(handle.removeprefix(CERTIFIED))))
        return client.request(client.GetReportSMS(idmensaje=_batch(target)))

    def read_polled(self, target: Target, answer: HttpAnswer) -> AskResult:
        """The statuses of the target alone, though the report may cover many."""
        read = understood(answer, client.reported)
        if not isinstance(read, client.Reported):
            return read
        if read.result <= 0:
            return _unanswered("GetReportSMS", read.result)
        statuses = (_status(row, place, read, target, answer) for place, row in enumerate(read.rows))
        return Told([status for status in statuses if status is not None and status.ref == target.ref])

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


def _number(text: str) -> int:
    """0, which is nobody's, for a ref that somebody reported and that is no integer: Mensatek then says so."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def _status(row: Row, place: int, read: client.Reported, target: Target, answer: HttpAnswer) -> Status | None:
    """The event of one row, the same as its callback's. None where the row cannot be read."""
    fields = {_WIRE_NAMES.get(name, name): text for name, text in row.fields.items()}
    wire = cast("DeliveryReport", {**fields, "idmensaje": target.ref.partition(":")[0]})
    payload = Payload(sha256=answer.payload.sha256, index=place, count=len(read.rows))
    try:
        return status_of(wire, Origin(Source.POLL, answer.received_at, payload, row.raw, answer.content_type))
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
