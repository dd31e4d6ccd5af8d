"""What an application wants sent: the same messages for the same seed and run, through every provider and channel."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from acuse.demo.routes import NAMES, ROUTES, Person
from delivery.channels import Channel

ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
REFERENCE: Final = re.compile(r"demo-[0-9a-z]+(-own)?-\d+")
"""Of a message, as it stands in its text."""
OWN: Final = "-own-"
"""In the references of what the application sends by itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message as `POST /v1/messages` takes it; ``reference`` is the application's own, and in its text too.

    ``provider`` and ``channel`` are those of the first step where it goes by a ``plan``, which is "" where it does not.
    """

    provider: str
    channel: Channel
    reference: str
    fields: Mapping[str, Any]
    plan: str = ""

    @property
    def is_plain_sms(self) -> bool:
        return self.channel is Channel.SMS and "options" not in self.fields and not self.plan


def run_name(at: datetime) -> str:
    """A short name that no run at another millisecond has."""
    number, name = int(at.timestamp() * 1000), ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        name = ALPHABET[digit] + name
    return name


def run_of(reference: str) -> str:
    """The run that a reference was made in."""
    return reference.split("-")[1]


def wanted(*, messages: int, seed: int, run: str, own: bool = False) -> Iterator[Wanted]:
    """So many messages. The first ones go over every route once, so that few messages show all of them. ``own``: the
    application is to send them by itself.
    """
    chance = random.Random(f"{seed}/wanted")
    weights = [route.weight for route in ROUTES]
    for number in range(messages):
        route = ROUTES[number] if number < len(ROUTES) else chance.choices(ROUTES, weights=weights)[0]
        reference = f"demo-{run}{OWN if own else '-'}{number}"
        person = Person(chance.choice(NAMES), reference, f"{chance.randrange(1_000_000):06d}", chance)
        way = {"plan": route.plan} if route.plan else {"provider": route.provider, "channel": route.channel.value}
        content = route.content(person)
        to = content.pop("to", None) or chance.choice(route.countries)(chance)
        fields = {**way, "reference": reference, "to": to, **content}
        yield Wanted(route.provider, route.channel, reference, fields, route.plan)
