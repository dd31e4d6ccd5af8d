"""The ways that the demo's messages go: every provider and channel, by itself and by each ready-made plan."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from acuse.demo import numbers
from delivery.channels import Channel

SENDERS: Final = ("ACME", "CLINICA", "BANCO", "TIENDA")
NAMES: Final = ("Ana", "Luis", "Marta", "Iñaki", "Zoë", "Pau")
TEXTS: Final = (
    "{name}, su pedido {order} sale hoy.",
    "Su código es {code}. Pedido {order}.",
    "{name}: le esperamos mañana a las 10:00. Cita {order}. Conteste SI para confirmar.",
    "Recibo {order}: 12,50 €. Gracias, {name}.",
    "{name}, tu pedido {order} está listo 📦. Recógelo cuando quieras.",
)
OUR_NUMBER: Final = "+34600000000"

Fields: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """For whom a message is, and what it is about."""

    name: str
    order: str
    code: str
    chance: random.Random

    def text(self) -> str:
        return self.chance.choice(TEXTS).format(name=self.name, order=self.order, code=self.code)


def _sms(person: Person) -> Fields:
    return {"sender": person.chance.choice(SENDERS), "text": person.text()}


def _sms_or_call(person: Person) -> Fields:
    """Read out by Mensatek itself where the SMS fails."""
    return {**_sms(person), "options": {"fail2voice": True, "lenguajevoz": "es-ES", "remitentevoz": OUR_NUMBER}}


def _sms_of_account(person: Person) -> Fields:
    return {"text": person.text(), "options": {"flash": person.chance.random() < 0.1}}  # noqa: PLR2004 - one in ten


def _viber(person: Person) -> Fields:
    """Half of them with an SMS that Messente itself sends where Viber fails."""
    text = person.text()
    legs = [{"channel": "sms", "text": text}] if person.chance.random() < 0.5 else []  # noqa: PLR2004 - half
    return {"text": text, "options": {"legs": legs}} if legs else {"text": text}


def _call(person: Person) -> Fields:
    return {"sender": OUR_NUMBER, "voice": {"text": person.text(), "language": "es-ES"}}


def _template(person: Person) -> Fields:
    return {"template": {"name": "pedido", "language": "es", "parameters": {"1": person.name, "2": person.order}}}


def _template_from(person: Person) -> Fields:
    return {"sender": OUR_NUMBER, **_template(person)}


def _reminder(person: Person) -> Fields:
    parameters = {"first_name": person.name, "date": f"lunes ({person.order})"}
    return {"template": {"name": "appointment_reminder", "language": "es", "parameters": parameters}}


def _session_or_template(person: Person) -> Fields:
    """Free words for whoever has written lately, the template for others."""
    return {"text": person.text(), **_reminder(person)}


def _sms_then_call(person: Person) -> Fields:
    text = person.text()
    voice = {"text": text, "language": "es-ES"}
    contents = {"sms": {"sender": person.chance.choice(SENDERS)}, "voice": {"sender": OUR_NUMBER}}
    return {"text": text, "voice": voice, "contents": contents}


def _sms_or_call_by_plan(person: Person) -> Fields:
    """The plan has Mensatek call where the SMS fails, and only its caller knows from which number."""
    return {**_sms(person), "options": {"mensatek": {"remitentevoz": OUR_NUMBER, "lenguajevoz": "es-ES"}}}


def _text(person: Person) -> Fields:
    return {"text": person.text()}


def _mail(person: Person) -> Fields:
    return {
        "to": f"{person.order}@example.com",
        "sender": "avisos@example.com",
        "text": person.text(),
        "options": {"subject": f"Pedido {person.order}", "from_name": person.chance.choice(SENDERS)},
    }


@dataclass(frozen=True, slots=True)
class Route:
    """``weight``: its share of all messages. No provider has much more than another: each is called by so many at a
    time, and the burst lasts as long as the one with most. ``plan``: that by which it goes, with ``provider`` and
    ``channel`` of its first step; "" for none.
    """

    provider: str
    channel: Channel
    weight: int
    countries: tuple[Callable[[random.Random], str], ...]
    content: Callable[[Person], Fields]
    plan: str = ""


_EUROPE: Final = (numbers.spanish, numbers.french, numbers.british, numbers.swedish)

ROUTES: Final = (
    Route("mensatek", Channel.SMS, 16, (numbers.spanish, numbers.french), _sms),
    Route("mensatek", Channel.SMS, 4, (numbers.spanish,), _sms_or_call),
    Route("messente", Channel.SMS, 8, (*_EUROPE, numbers.american), _sms),
    Route("messente", Channel.VIBER, 6, _EUROPE, _viber),
    Route("messente", Channel.WHATSAPP, 4, _EUROPE, _template),
    Route("altiria", Channel.SMS, 12, (numbers.spanish, numbers.french), _sms),
    Route("altiria", Channel.VOICE, 4, (numbers.spanish,), _call),
    Route("altiria", Channel.WHATSAPP, 4, (numbers.spanish,), _template_from),
    Route("altiria", Channel.EMAIL, 3, (), _mail),
    Route("ainumber", Channel.WHATSAPP, 17, (*_EUROPE, numbers.irish, numbers.american), _reminder),
    Route("enviosms", Channel.SMS, 10, (numbers.colombian,), _sms_of_account),
    Route("messente", Channel.VIBER, 7, _EUROPE, _text, plan="viber-sms"),
    Route("ainumber", Channel.WHATSAPP, 6, _EUROPE, _session_or_template, plan="whatsapp-sms"),
    Route("messente", Channel.SMS, 5, (numbers.spanish,), _sms_then_call, plan="sms-voice"),
    Route("mensatek", Channel.SMS, 4, (numbers.spanish,), _sms_or_call_by_plan, plan="sms-fail2voice"),
    Route("messente", Channel.VIBER, 4, _EUROPE, _text, plan="omnichannel"),
    Route("mensatek", Channel.SMS, 8, (numbers.spanish, numbers.french), _sms, plan="sms-sms"),
)
