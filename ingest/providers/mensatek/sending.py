"""Messages to Mensatek: what can be sent, the call that sends it, and what its answer means."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from delivery.channels import Channel
from delivery.orders import Order
from delivery.reasons import Reason
from delivery.refs import recipient_ref
from delivery.segmentation import Encoding, segmentation
from delivery.stages import Stage
from ingest.accounts import Account, NotConfigured
from ingest.discreet import discreet
from ingest.identifiers import number_identifier
from ingest.outbound import (
    HttpAnswer,
    HttpCall,
    Refused,
    Sending,
    SendResult,
    Taken,
    Unclear,
)
from ingest.provider import NativeLeg
from ingest.providers.mensatek import client
from ingest.providers.mensatek.asking import CERTIFIED
from ingest.providers.mensatek.options import MensatekOptions, options_of
from ingest.providers.mensatek.results import REFUSALS, meaning
from ingest.providers.mensatek.understood import understood
from ingest.sent import sent_event
from ingest.unsendable import Unsendable
from ingest.webhook import Unreadable

LONGEST_NAME: Final = 11
_NUMBER: Final = re.compile(r"\+?[0-9]{3,15}", re.ASCII)


class Sends:
    """What `SendsMessages` asks for. One order is one recipient, and so one `idMensaje`."""

    public_base_url: ClassVar[str] = client.PUBLIC_BASE_URL
    sends_on: ClassVar[frozenset[Channel]] = frozenset({Channel.SMS})
    options: ClassVar[type[MensatekOptions]] = MensatekOptions

    def headers(self, account: Account) -> Mapping[str, str]:
        user, token = (account.credentials.get(field, "") for field in ("api_user", "api_token"))
        for field, value in (("api_user", user), ("api_token", token)):
            if not value:
                raise NotConfigured(f"[providers.{account.name}] {field}: give the one that Mensatek's panel shows")
        return {"authorization": f"Basic {base64.b64encode(f'{user}:{token}'.encode()).decode()}"}

    def check(self, order: Order) -> None:
        _check_content(order)
        sender = order.personal.sender or ""
        if not _NUMBER.fullmatch(sender) and len(sender) > LONGEST_NAME:
            raise Unsendable(
                "sender", f"too long; give a number of at most 15 digits or a name of at most {LONGEST_NAME} characters"
            )
        if order.ttl_seconds is not None:
            raise Unsendable("ttl", "Mensatek takes no time limit; leave it out")
        options = options_of(order)
        if options.fail2voice and options.remitentevoz is None:
            raise Unsendable("options.remitentevoz", "missing; give the number that calls, as validated in the panel")
        if order.send_at is None:
            return
        if not client.is_told_by_spanish_clocks(order.send_at):
            raise Unsendable(
                "send_at", "Mensatek goes by Spain's clocks, which show that hour twice; give a time outside of it"
            )
        if options.idmensaje is not None:
            raise Unsendable("send_at", "cancelling it would cancel its whole idmensaje; leave one of the two out")

    def native_legs(self, order: Order) -> Sequence[NativeLeg]:
        sms = NativeLeg(Channel.SMS, order.personal.text)
        return [sms, NativeLeg(Channel.VOICE)] if options_of(order).fail2voice else [sms]

    def send_call(self, order: Order, sending: Sending) -> HttpCall:
        return client.request(_asked(order, sending))

    def read_sent(self, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        read = understood(answer, client.submitted)
        if not isinstance(read, client.Submitted):
            return read
        if read.result < 0:
            return _refused(read, order)
        left_out = bool(read.not_sent)
        if read.result == 0 or (left_out and not read.messages):
            return _left_out(order)
        if left_out:
            return Unclear("of one message it says both that it was sent and that it was not")
        return self._taken(read, order, sending, answer)

    def _taken(self, read: client.Submitted, order: Order, sending: Sending, answer: HttpAnswer) -> SendResult:
        try:
            batch = number_identifier(read.batch_id, "idMensaje")
        except Unreadable:
            return Unclear("it was taken, but came without an idMensaje to know it by")
        send = sent_event(
            order,
            sending,
            answer,
            self.send_call(order, sending),
            ref=recipient_ref(batch, order.personal.to),
            stage=Stage.SCHEDULED if _is_to_come(order, sending) else Stage.QUEUED,
            handle=f"{CERTIFIED}{batch}" if options_of(order).certificado else None,
        )
        return Taken([send])


def _check_content(order: Order) -> None:
    personal = order.personal
    if order.channel is not Channel.SMS:
        raise Unsendable("channel", "give sms; Mensatek calls only where that fails, with options.fail2voice")
    if personal.template is not None:
        raise Unsendable("template", "give text; Mensatek's templates are texts, which GetPlantillasSMS lists")
    if personal.media is not None:
        raise Unsendable("media", "upload the file with CargarFichero, and name it in text: (FILE:2:name.pdf)")
    if personal.voice is not None:
        raise Unsendable("voice", "give text, and options.fail2voice to have it read out where the SMS fails")
    if not (personal.text or "").strip():
        raise Unsendable("text", "missing; it is all that Mensatek sends")


def _is_to_come(order: Order, sending: Sending) -> bool:
    """A time that went by while the message waited here would be refused; it is sent at once."""
    return order.send_at is not None and order.send_at > sending.at


def _asked(order: Order, sending: Sending) -> client.EnviarSMS:
    options, personal = options_of(order), order.personal
    texts = (personal.text or "", *options.variables)
    needs_unicode = any(segmentation(text).encoding is Encoding.UCS2 for text in texts)
    plain = client.EnviarSMS(
        remitente=personal.sender or "",
        destinatarios=[client.recipient(personal.to, options.variables)],
        mensaje=personal.text or "",
        fecha=client.spanish_minute(order.send_at) if order.send_at and _is_to_come(order, sending) else None,
        referenciausuario=sending.reference,
        report=int(options.report),
        idmensaje=options.idmensaje,
        fail2voice=1 if options.fail2voice else None,
        lenguajevoz=options.lenguajevoz,
        remitentevoz=None if options.remitentevoz is None else int(options.remitentevoz),
        unicode=int(needs_unicode if options.unicode is None else options.unicode),
        obviarlistanegra=1 if options.obviarlistanegra else None,
        fixutf8=1 if options.fixutf8 else None,
    )
    if not options.certificado:
        return plain
    return client.EnviarSMSCERTIFICADO(
        **msgspec.structs.asdict(plain),
        contacto=options.contacto,
        telcontacto=options.telcontacto,
        cifcontacto=options.cifcontacto,
        tipocontrato=options.tipocontrato,
    )


def _refused(read: client.Submitted, order: Order) -> Refused:
    function = "EnviarSMSCERTIFICADO" if options_of(order).certificado else "EnviarSMS"
    reason = REFUSALS[function].get(read.result, Reason.UNKNOWN_CODE)
    said = meaning(function, read.result)
    if read.error:
        said = f"{said}: {discreet(read.error, order)}"
    if read.credits_needed is not None:
        said = f"{said} ({read.credits_needed:g} needed)"
    return Refused(reason, str(read.result), said)


def _left_out(order: Order) -> Refused:
    """`NoEnviados`: "normally because the recipient is duplicated or because the mobile is not correct"."""
    grouped = options_of(order).idmensaje is not None
    return Refused(
        Reason.DUPLICATE if grouped else Reason.INVALID_NUMBER,
        "NoEnviados",
        "Not sent: this idMensaje has the recipient already, or the number is not correct"
        if grouped
        else "Not sent: the number is not correct",
    )
