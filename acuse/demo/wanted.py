"""What an application wants sent: the same messages for the same seed and run, through every provider and channel."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from acuse.demo import numbers
from delivery.channels import Channel

ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
SENDERS: Final = ("ACME", "CLINICA", "BANCO", "TIENDA")
NAMES: Final = ("Ana", "Luis", "Marta", "Iñaki", "Zoë", "Pau")
TEXTS: Final = (
    "{name}, su pedido {order} sale hoy.",
    "Su código es {code}. Pedido {order}.",
    "{name}: le esperamos mañana a las 10:00. Cita {order}. Conteste SI para confirmar.",
    "Recibo {order}: 12,50 €. Gracias, {name}.",
    "{name}, tu pedido {order} está listo 📦. Recógelo cuando quieras.",
)
REFERENCE: Final = re.compile(r"demo-[0-9a-z]+(-own)?-\d+")
"""Of a message, as it stands in its text."""
OWN: Final = "-own-"
"""In the references of what the application sends by itself."""
OUR_NUMBER: Final = "+34600000000"

Fields: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message as `POST /v1/messages` takes it; ``reference`` is the application's own, and in its text too."""

    provider: str
    channel: Channel
    reference: str
    fields: Mapping[str, Any]

    @property
    def is_plain_sms(self) -> bool:
        return self.channel is Channel.SMS and "options" not in self.fields


@dataclass(frozen=True, slots=True)
class _Person:
    """For whom a message is, and what it is about."""

    name: str
    order: str
    code: str
    chance: random.Random

    def text(self) -> str:
        return self.chance.choice(TEXTS).format(name=self.name, order=self.order, code=self.code)


def run_name(at: datetime) -> str:
    """A short name that no run at another millisecond has."""
    number, name = int(at.timestamp() * 1000), ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        name = ALPHABET[digit] + name
    return name


def wanted(*, messages: int, seed: int, run: str, own: bool = False) -> Iterator[Wanted]:
    """So many messages. The first ones go over every route once, so that few messages show all of them. ``own``: the
    application is to send them by itself.
    """
    chance = random.Random(f"{seed}/wanted")
    weights = [route.weight for route in ROUTES]
    for number in range(messages):
        route = ROUTES[number] if number < len(ROUTES) else chance.choices(ROUTES, weights=weights)[0]
        reference = f"demo-{run}{OWN if own else '-'}{number}"
        person = _Person(chance.choice(NAMES), reference, f"{chance.randrange(1_000_000):06d}", chance)
        common = {"provider": route.provider, "channel": route.channel.value, "reference": reference}
        content = route.content(person)
        to = content.pop("to", None) or chance.choice(route.countries)(chance)
        yield Wanted(route.provider, route.channel, reference, {**common, "to": to, **content})


def _sms(person: _Person) -> Fields:
    return {"sender": person.chance.choice(SENDERS), "text": person.text()}


def _sms_or_call(person: _Person) -> Fields:
    """Read out by Mensatek itself where the SMS fails."""
    return {**_sms(person), "options": {"fail2voice": True, "lenguajevoz": "es-ES", "remitentevoz": OUR_NUMBER}}


def _sms_of_account(person: _Person) -> Fields:
    return {"text": person.text(), "options": {"flash": person.chance.random() < 0.1}}  # noqa: PLR2004 - one in ten


def _viber(person: _Person) -> Fields:
    """Half of them with an SMS that Messente itself sends where Viber fails."""
    text = person.text()
    legs = [{"channel": "sms", "text": text}] if person.chance.random() < 0.5 else []  # noqa: PLR2004 - half
    return {"text": text, "options": {"legs": legs}} if legs else {"text": text}


def _call(person: _Person) -> Fields:
    return {"sender": OUR_NUMBER, "voice": {"text": person.text(), "language": "es-ES"}}


def _template(person: _Person) -> Fields:
    return {"template": {"name": "pedido", "language": "es", "parameters": {"1": person.name, "2": person.order}}}


def _template_from(person: _Person) -> Fields:
    return {"sender": OUR_NUMBER, **_template(person)}


def _reminder(person: _Person) -> Fields:
    parameters = {"first_name": person.name, "date": f"lunes ({person.order})"}
    return {"template": {"name": "appointment_reminder", "language": "es", "parameters": parameters}}


def _mail(person: _Person) -> Fields:
    return {
        "to": f"{person.order}@example.com",
        "sender": "avisos@example.com",
        "text": person.text(),
        "options": {"subject": f"Pedido {person.order}", "from_name": person.chance.choice(SENDERS)},
    }


@dataclass(frozen=True, slots=True)
class Route:
    """``weight``: its share of all messages, in percent. No provider has much more than another: each is called by so
    many at a time, and the burst lasts as long as the one with most.
    """

    provider: str
    channel: Channel
    weight: int
    countries: tuple[Callable[[random.Random], str], ...]
    content: Callable[[_Person], Fields]


_EUROPE: Final = (numbers.spanish, numbers.french, numbers.british, numbers.swedish)

ROUTES: Final = (
    Route("mensatek", Channel.SMS, 22, (numbers.spanish, numbers.french), _sms),
    Route("mensatek", Channel.SMS, 4, (numbers.spanish,), _sms_or_call),
    Route("messente", Channel.SMS, 14, (*_EUROPE, numbers.american), _sms),
    Route("messente", Channel.VIBER, 6, _EUROPE, _viber),
    Route("messente", Channel.WHATSAPP, 4, _EUROPE, _template),
    Route("altiria", Channel.SMS, 12, (numbers.spanish, numbers.french), _sms),
    Route("altiria", Channel.VOICE, 4, (numbers.spanish,), _call),
    Route("altiria", Channel.WHATSAPP, 4, (numbers.spanish,), _template_from),
    Route("altiria", Channel.EMAIL, 3, (), _mail),
    Route("ainumber", Channel.WHATSAPP, 17, (*_EUROPE, numbers.irish, numbers.american), _reminder),
    Route("enviosms", Channel.SMS, 10, (numbers.colombian,), _sms_of_account),
)
