"""Mensatek's callbacks: delivery reports and replies. The package's own words say where each fact is from."""

from collections.abc import Sequence
from typing import ClassVar, Final, TypedDict, cast

from delivery.channels import Channel
from delivery.events import Event, Personal, Reply, Source, Status
from delivery.outcomes import UNKNOWN
from delivery.refs import recipient_ref
from ingest.accounts import Account
from ingest.claims import claimed
from ingest.clocks import SPAIN, read_time, read_unix_time
from ingest.credentials import proves_basic
from ingest.identifiers import RECIPIENT_DIGEST, number_identifier
from ingest.phone import Phone, read_phone, read_sender
from ingest.providers.mensatek.codes import CODES
from ingest.reports import Report, read_reports
from ingest.statuses import Origin, called_back, status_event
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


HOME: Final = "ES"
RECEIVED: Final = "SMSRECIBIDO"
VOICE_WORDS: Final = ("VOZ", "VOICE", "LLAMADA")
LONGEST_DELIVERY_SECONDS: Final = 366 * 86_400.0


NAME: Final = "mensatek"


class Callbacks:
    """`attempt_ref` and what `ReceivesWebhooks` asks for."""

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
            _reply(report, request)
            if _service(report) == RECEIVED
            else status_of(cast("DeliveryReport", report.fields), called_back(report, request))
            for report in read_reports(request)
        ]


def _service(report: Report) -> str:
    return report.fields.get("servicio", "").strip().upper()


def status_of(wire: DeliveryReport, origin: Origin) -> Status:
    """The event of one result, the same one whether a callback or a report tells it. Raises `Unreadable`."""
    code = number_identifier(wire.get("resultado"), "Resultado")
    phone, address = _person(wire.get("movil"), "Movil")
    channel = _channel(wire.get("servicio", "").strip().upper(), address)
    reference = wire.get("referencia", "").strip() or None
    return status_event(
        CODES.get(code, UNKNOWN),
        origin,
        provider=NAME,
        ref=_ref(number_identifier(wire.get("idmensaje"), "idMensaje"), address, channel),
        channel=channel,
        code=code,
        occurred=read_time(wire.get("fecha", ""), assumed=SPAIN),
        elapsed_seconds=_seconds(wire.get("segundos", "")),
        ours=claimed(reference),
        reference=reference,
        phone=phone,
        recipient=address if channel is Channel.EMAIL else None,
        sender=read_sender(wire.get("remitente"), HOME),
    )


def _reply(report: Report, request: WebhookRequest) -> Reply:
    wire = cast("ReceivedSms", report.fields)
    phone, address = _person(wire.get("remitente"), "Remitente")
    answered = wire.get("idm", "").strip()
    # 0 stands for none where a number is required.
    batch = number_identifier(answered, "idM") if answered.strip("0") else None
    ours = read_phone(wire.get("movil", ""), HOME)
    reference = wire.get("referencia", "").strip() or None
    sending = claimed(reference)
    return Reply(
        provider=NAME,
        ref=_ref(batch, address, Channel.SMS) if batch else _inbound_ref(report),
        answers_attempt=batch is not None,
        channel=Channel.SMS,
        received_at=request.received_at,
        source=Source.WEBHOOK,
        occurred=read_unix_time(wire.get("timestamp", "")) or read_time(wire.get("fecha", ""), assumed=SPAIN),
        message_id=sending.message_id,
        step=sending.step,
        tries=sending.tries,
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
