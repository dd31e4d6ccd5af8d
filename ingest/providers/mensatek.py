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

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, TypedDict, cast

from delivery.channels import Channel
from delivery.events import Event, Personal, Reply, Source, Status
from delivery.outcomes import UNKNOWN, Outcome
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.stages import Stage
from ingest.accounts import Account
from ingest.claims import claimed_message_id
from ingest.clocks import SPAIN, read_time, read_unix_time
from ingest.credentials import proves_basic
from ingest.identifiers import RECIPIENT_DIGEST, number_identifier
from ingest.phone import Phone, read_phone, read_sender
from ingest.provider import Provider
from ingest.reports import Report, read_reports
from ingest.webhook import Unreadable, WebhookRequest


class DeliveryReport(TypedDict, total=False):
    """The wire, with names in lower case. `variables` is a JSON string that only contract codes bring."""

    servicio: str
    resultado: str
    remitente: str
    movil: str
    fecha: str
    segundos: str
    idmensaje: str
    referencia: str
    idreport: str
    variables: str


class ReceivedSms(TypedDict, total=False):
    """A person's reply, or a message that answers nothing (no `idm`)."""

    servicio: str
    timestamp: str
    fecha: str
    movil: str
    remitente: str
    mensaje: str
    idr: str
    idm: str
    escert: str
    referencia: str


def _going(stage: Stage, text: str) -> Outcome:
    return Outcome(stage, text=text)


def _held_up(reason: Reason, text: str) -> Outcome:
    return Outcome(Stage.SENT, reason, text=text)


def _delivered(text: str, *, timed: bool = True) -> Outcome:
    return Outcome(Stage.DELIVERED, final=True, timed=timed, text=text)


def _acted_on(text: str, reason: Reason | None = None) -> Outcome:
    """The person did something with the message: seen. When says nothing of when it was delivered."""
    return Outcome(Stage.SEEN, reason, final=True, timed=False, text=text)


def _failed(stage: Stage, reason: Reason, text: str) -> Outcome:
    return Outcome(stage, reason, final=True, text=text)


_WAITING: Final = _going(Stage.SENT, "Awaiting delivery")
_SCHEDULED: Final = _going(Stage.SCHEDULED, "Scheduled")
_NOT_TIMED: Final = _delivered("Delivered to the phone. Delivery time not available", timed=False)
# Its cause is that the phone stayed off: the stage already says that time ran out.
_EXPIRED: Final = _failed(
    Stage.EXPIRED, Reason.ABSENT_SUBSCRIBER, "The message has expired. (The phone remains non-operational)"
)
# "The message is held to ensure deliveries": an incident at the operator, not an end.
_HELD: Final = _held_up(Reason.NETWORK_ERROR, "Failure in the destination SMSC")
_NO_WAY: Final = _failed(Stage.UNDELIVERED, Reason.UNROUTABLE, "Destination error, contact support")

CODES: Final[Mapping[str, Outcome]] = {
    "0": _WAITING,
    "2": _WAITING,
    "10": _WAITING,
    "1000": _WAITING,
    "1": _SCHEDULED,
    "1001": _SCHEDULED,
    "1002": _going(Stage.SENT, "Sending"),
    "11": _delivered("Delivered to the phone"),
    "13": _delivered("Delivered to the phone"),
    "14": _delivered("Certified SMS Delivered and Certified"),
    "70": _NOT_TIMED,
    "106": _NOT_TIMED,
    # Contracts. 15 says that the SMS was delivered; what follows says that the person answered, opened, read or signed.
    # Their dates and seconds are of those acts.
    "15": _delivered("Awaiting response in SMS Contract via YES/I Accept reply", timed=False),
    "16": _acted_on("Response received. Certifying"),
    "17": _acted_on("SMS Contract via certified response"),
    "160": _acted_on("SMS Contract. The user has accessed the Contract/PDF"),
    "161": _acted_on("SMS Contract. Contract Read"),
    "162": _acted_on("SMS Contract. Contract Accepted"),
    "163": _acted_on("SMS Contract. Contract signed"),
    "180": _acted_on("SMS Contract. Final Status. Contract Accepted by basic acceptance"),
    "181": _acted_on("SMS Contract. Final Status. Contract Accepted and signed with biometric signature"),
    "190": _acted_on("SMS Contract. Contract rejected", Reason.RECIPIENT_REFUSED),
    # It comes of a contract in any state, also one whose SMS never arrived: no word on delivery, so no end either.
    "195": _going(Stage.SENT, "SMS Contract. Contract expired"),
    # Only a signer who agrees to it is located.
    "5000": _acted_on("SMS Contract. GPS location of the signer."),
    # Being retried, or waiting for the handset: not an end.
    "120": _HELD,
    "122": _HELD,
    "121": _held_up(Reason.CONGESTION, "Congestion in the destination SMSC"),
    "123": _held_up(Reason.ABSENT_SUBSCRIBER, "Phone turned off or out of coverage"),
    "126": _held_up(Reason.ABSENT_SUBSCRIBER, "Phone busy"),
    "134": _held_up(Reason.HANDSET_ERROR, "Problem in the destination mobile. Retrying..."),
    "135": _held_up(Reason.NETWORK_ERROR, "Problem in the destination network. Retrying..."),
    "1003": _held_up(Reason.HANDSET_ERROR, "Problem in the destination mobile. Retrying..."),
    # "Temporarily closed": the way may open again, and nothing says that this message is lost.
    "150": _held_up(Reason.UNROUTABLE, "The destination network has temporarily closed message delivery"),
    # Nobody has that number, or no longer. 130's title blames the phone, its meaning says that it no longer exists.
    "50": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "The Network responds that the phone does not exist"),
    "110": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "The phone does not exist"),
    "111": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone unsubscribed"),
    "112": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone without service"),
    "130": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Error in the destination Phone"),
    "133": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Failure in destination mobile (unsubscribed)."),
    "136": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone without service"),
    "137": _failed(Stage.UNDELIVERED, Reason.UNKNOWN_NUMBER, "Phone unsubscribed"),
    # Tried until given up. 51 and 132 add that the phone "in all likelihood" no longer exists: not known, not said.
    "51": _failed(Stage.UNDELIVERED, Reason.HANDSET_ERROR, "Delivery to the phone failed"),
    "52": _failed(Stage.UNDELIVERED, Reason.NETWORK_ERROR, "Delivery to the network failed"),
    "131": _failed(
        Stage.UNDELIVERED,
        Reason.HANDSET_FULL,
        "The Mobile has exceeded the memory capacity (the message does not fit)",
    ),
    "132": _failed(Stage.UNDELIVERED, Reason.HANDSET_ERROR, "The Mobile cannot receive messages"),
    "124": _failed(Stage.UNDELIVERED, Reason.NOT_ON_CHANNEL, "Phone without SMS service"),
    "125": _failed(Stage.UNDELIVERED, Reason.BLOCKED, "Phone Blocked or restricted"),
    "140": _NO_WAY,
    "141": _NO_WAY,
    "53": _EXPIRED,
    "101": _EXPIRED,
    "103": _EXPIRED,
    "113": _EXPIRED,
    # Refused before it was tried. 102 says "user" where 111 and 137 say "phone", so it is the person who left; were it
    # the line all the same, nobody is phoned who may have said no.
    "54": _failed(Stage.REJECTED, Reason.OPTED_OUT, "Number on Blacklist"),
    "55": _failed(Stage.REJECTED, Reason.BLOCKED, "Number Blocked"),
    "102": _failed(Stage.REJECTED, Reason.OPTED_OUT, "User unsubscribed"),
    "104": _failed(Stage.REJECTED, Reason.INVALID_NUMBER, "The phone is not correct"),
}

HOME: Final = "ES"
RECEIVED: Final = "SMSRECIBIDO"
VOICE_WORDS: Final = ("VOZ", "VOICE", "LLAMADA")
LONGEST_DELIVERY_SECONDS: Final = 366 * 86_400.0


class Mensatek:
    name: ClassVar[str] = "mensatek"
    title: ClassVar[str] = "Mensatek"
    credential_fields: ClassVar[tuple[str, ...]] = ("api_user", "api_token")
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS, Channel.VOICE, Channel.EMAIL})
    codes: ClassVar[Mapping[str, Outcome]] = CODES
    webhook_methods: ClassVar[frozenset[str]] = frozenset({"POST"})

    def attempt_ref(self, reported: str, recipient: str | None, channel: Channel | None = None) -> str:
        batch, separator, person = reported.partition(":")
        if RECIPIENT_DIGEST.fullmatch(person):
            return f"{number_identifier(batch, 'ref')}:{person}"
        if separator:
            return _ref(number_identifier(batch, "ref"), _person(person, "ref")[1], channel or Channel.SMS)
        if recipient is None:
            raise Unreadable("recipient", "it is missing; one idMensaje covers many recipients, so name the one")
        return _ref(number_identifier(reported, "ref"), recipient.lower(), channel or Channel.SMS)

    def verify(self, request: WebhookRequest, account: Account) -> bool:
        return proves_basic(request.headers, account)

    def parse(self, request: WebhookRequest) -> Sequence[Event]:
        return [
            _reply(report, request) if _service(report) == RECEIVED else _status(report, request)
            for report in read_reports(request)
        ]


def _service(report: Report) -> str:
    return report.fields.get("servicio", "").strip().upper()


def _status(report: Report, request: WebhookRequest) -> Status:
    wire = cast("DeliveryReport", report.fields)
    code = number_identifier(wire.get("resultado"), "Resultado")
    outcome = CODES.get(code, UNKNOWN)
    phone, address = _person(wire.get("movil"), "Movil")
    channel = _channel(_service(report), address)
    reference = wire.get("referencia", "").strip() or None
    return Status(
        provider=Mensatek.name,
        ref=_ref(number_identifier(wire.get("idmensaje"), "idMensaje"), address, channel),
        channel=channel,
        received_at=request.received_at,
        source=Source.WEBHOOK,
        occurred=read_time(wire.get("fecha", ""), assumed=SPAIN),
        code=code,
        code_text=outcome.text,
        stage=outcome.stage,
        reason=outcome.reason,
        final=outcome.final,
        timed=outcome.timed,
        elapsed_seconds=_seconds(wire.get("segundos", "")) if outcome.timed else None,
        message_id=claimed_message_id(reference),
        reference=reference,
        country=phone.country if phone else None,
        payload=report.payload,
        personal=Personal(
            recipient=address if phone or channel is Channel.EMAIL else None,
            sender=read_sender(wire.get("remitente"), HOME),
            raw=report.raw,
            content_type=request.content_type,
        ),
    )


def _reply(report: Report, request: WebhookRequest) -> Reply:
    wire = cast("ReceivedSms", report.fields)
    phone, address = _person(wire.get("remitente"), "Remitente")
    answered = wire.get("idm", "").strip()
    # 0 stands for none where a number is required.
    batch = number_identifier(answered, "idM") if answered.strip("0") else None
    ours = read_phone(wire.get("movil", ""), HOME)
    reference = wire.get("referencia", "").strip() or None
    return Reply(
        provider=Mensatek.name,
        ref=_ref(batch, address, Channel.SMS) if batch else _inbound_ref(report),
        answers_attempt=batch is not None,
        channel=Channel.SMS,
        received_at=request.received_at,
        source=Source.WEBHOOK,
        occurred=read_unix_time(wire.get("timestamp", "")) or read_time(wire.get("fecha", ""), assumed=SPAIN),
        message_id=claimed_message_id(reference),
        reference=reference,
        country=phone.country if phone else None,
        payload=report.payload,
        personal=Personal(
            recipient=ours.e164 if ours else None,
            sender=address if phone else read_sender(wire.get("remitente"), HOME),
            text=wire.get("mensaje"),
            raw=report.raw,
            content_type=request.content_type,
        ),
    )


def _person(value: str | None, field: str) -> tuple[Phone | None, str]:
    """The number that it is, if it is one, and what tells this person from others: E.164, or else as written."""
    written = (value or "").strip()
    if not written:
        raise Unreadable(field, "it is missing; send the number that the report is about")
    phone = read_phone(written, HOME)
    return phone, phone.e164 if phone else written.lower()


def _channel(service: str, address: str) -> Channel:
    if any(word in service for word in VOICE_WORDS):
        return Channel.VOICE
    return Channel.EMAIL if "@" in address else Channel.SMS


def _ref(batch: str, address: str, channel: Channel) -> str:
    """A voice leg shares its SMS's `idMensaje` and number, and is an attempt of its own all the same."""
    return recipient_ref(f"{batch}-voice" if channel is Channel.VOICE else batch, address)


def _inbound_ref(report: Report) -> str:
    return f"inbound-{report.payload.sha256[:16]}-{report.payload.index}"


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return seconds if 0 <= seconds <= LONGEST_DELIVERY_SECONDS else None


PROVIDER: Final[type[Provider]] = Mensatek
