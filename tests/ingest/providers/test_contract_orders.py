"""What every provider that sends keeps to when it is given an order: registry in, no provider named here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from itertools import product
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.orders import Media, MediaKind, Order, OrderPersonal, Priority, Store, Template, Voice
from ingest.accounts import Account, NotConfigured
from ingest.outbound import HttpCall, NothingToAsk, Sending
from ingest.provider import (
    Authenticates,
    CanBePolled,
    CancelsMessages,
    HasOperations,
    ListsInbound,
    LooksUp,
    SendsMessages,
)
from ingest.providers import PROVIDERS
from ingest.unsendable import Unsendable

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MESSAGE: Final = "01931f7e-3c00-7abc-8def-0123456789ab"
TO: Final = "+34600000000"
SECRET: Final = "s3cretw0rd"
ADDRESS: Final = "https://example.com/file"
TEXT: Final = "Your code: 4711"

FIELDS: Final = frozenset(
    (
        *("to", "channel", "provider", "sender", "text", "template", "media", "voice", "send_at", "ttl", "reference"),
        *("priority", "store", "options"),
    )
)
"""Of `POST /v1/messages`."""

SAMPLES: Final = (1, "1", TO, "2026-03-01T12:00:00Z", ADDRESS, "a.csv", "QQ==", True, [TO], {"1": "a"}, {})

ALL: Final = {name: made() for name, made in PROVIDERS.items()}
SENDERS: Final = {name: provider for name, provider in ALL.items() if isinstance(provider, SendsMessages)}
CONTENTS: Final[dict[str, dict[str, Any]]] = {
    "text": {"text": TEXT},
    "accents": {"text": "¿Año? “€” 🙂\r\n<&>%20+"},
    "long": {"text": "x" * 2000},
    "template": {"template": Template(name="otp", language="es")},
    "template with numbers": {"template": Template(name="otp", language="es", parameters={"1": "a", "2": "b"})},
    "template with names": {"template": Template(name="otp", language="es", parameters={"name": "a"})},
    "template without language": {"template": Template(name="otp")},
    **{kind.value: {"media": Media(kind=kind, url=ADDRESS)} for kind in MediaKind},
    **{f"{kind.value} and text": {"media": Media(kind=kind, url=ADDRESS), "text": TEXT} for kind in MediaKind},
    "named document": {"media": Media(kind=MediaKind.DOCUMENT, url=ADDRESS, file_name="a b.pdf")},
    "spoken": {"voice": Voice(text=TEXT, language="es-ES")},
    "played": {"voice": Voice(audio_url=ADDRESS)},
    "text and spoken": {"text": TEXT, "voice": Voice(text=TEXT, language="es-ES")},
    "text with a subject": {"text": TEXT, "options": {"subject": "Hello"}},
    "nothing": {},
    "empty": {"text": ""},
    "everything": {
        "text": TEXT,
        "template": Template(name="otp"),
        "media": Media(kind=MediaKind.IMAGE, url=ADDRESS),
        "voice": Voice(text=TEXT),
    },
}


def account(name: str, *, configured: bool = True) -> Account:
    secrets = {field: f"{SECRET}-{field}" for field in PROVIDERS[name].credential_fields} if configured else {}
    return Account(
        name,
        base_url="https://provider.example.com",
        callback_url=f"https://hooks.example.com/webhooks/{name}",
        callback_username=f"{SECRET}-u",
        callback_password=f"{SECRET}-p:@/ñ",
        credentials=secrets,
    )


def sending(name: str) -> Sending:
    return Sending(MESSAGE, f"{MESSAGE}.1", account(name), AT)


def orders(name: str) -> Iterator[tuple[str, Order]]:
    """Orders of every kind on the provider's channels: before any other, `channel` itself has been checked."""
    times = ((None, None), (LATER, None), (None, 3600))
    kept = (
        (Store.PLAINTEXT, Priority.REGULAR, None),
        (Store.NOSTORE, Priority.HIGH, "Acme"),
        (Store.SHA256, Priority.LOW, "+34911111111"),
        (Store.PLAINTEXT, Priority.REGULAR, "shop@example.com"),
    )
    for channel, (about, content), (send_at, ttl), (store, priority, sender) in product(
        sorted(SENDERS[name].sends_on), CONTENTS.items(), times, kept
    ):
        to = "ana@example.com" if channel is Channel.EMAIL else TO
        yield (
            f"{channel}: {about}",
            Order(
                provider=name,
                channel=channel,
                personal=OrderPersonal(to=to, sender=sender, **content),
                send_at=send_at,
                ttl_seconds=ttl,
                priority=priority,
                store=store,
                reference="order 17",
                country="ES",
            ),
        )


def judged(name: str) -> Iterator[tuple[str, Order, Unsendable | None]]:
    for about, order in orders(name):
        try:
            SENDERS[name].check(order)
        except Unsendable as refused:
            yield about, order, refused
        else:
            yield about, order, None


def sendable(name: str) -> Iterator[tuple[str, Order]]:
    yield from ((about, order) for about, order, refused in judged(name) if refused is None)


def targets(name: str) -> Iterator[Target]:
    provider = ALL[name]
    for channel in provider.channels:
        ref = provider.attempt_ref("10573758", TO, channel)
        for handle, recipient in product((None, "10573758"), (None, TO)):
            yield Target(provider=name, ref=ref, channel=channel, handle=handle, recipient=recipient)


def listed_values(wanted: Any) -> Iterator[Any]:
    """The members of enumerations and literals within a type."""
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        yield from (member.value for member in wanted)
    elif get_origin(wanted) is Literal:
        yield from get_args(wanted)
    else:
        for part in get_args(wanted):
            yield from listed_values(part)


def sample(wanted: Any, first: int) -> Any:
    """A value of the type, for the parameters of an operation: the first that fits, from a place in `SAMPLES` on."""
    for value in (*listed_values(wanted), *SAMPLES[first:], *SAMPLES[:first]):
        try:
            return msgspec.to_builtins(msgspec.convert(value, wanted))
        except msgspec.ValidationError:
            continue
    return None


def operation_calls(name: str) -> Iterator[tuple[str, HttpCall]]:
    """With all parameters, and with those alone that are needed; those that exclude each other are no call."""
    provider = ALL[name]
    for word, operation in provider.operations.items() if isinstance(provider, HasOperations) else ():
        hints = get_type_hints(operation.parameters, include_extras=True)
        fields = msgspec.structs.fields(operation.parameters)
        for given, first in product((fields, [field for field in fields if field.required]), range(len(SAMPLES))):
            values = {field.encode_name: sample(hints[field.name], first) for field in given}
            try:
                yield word, operation.call(msgspec.convert(values, operation.parameters))
            except ValueError:
                continue


def calls(name: str) -> Iterator[tuple[str, HttpCall]]:
    """Every call that the provider makes of all these."""
    provider = ALL[name]
    if isinstance(provider, SendsMessages):
        for about, order in sendable(name):
            yield f"send {about}", provider.send_call(order, sending(name))
            if isinstance(provider, LooksUp):
                yield f"look up {about}", provider.lookup_call(order, sending(name), AT)
    for target in targets(name):
        try:
            if isinstance(provider, CanBePolled):
                yield "poll", provider.poll_call(target, account(name))
            if isinstance(provider, CancelsMessages):
                yield "cancel", provider.cancel_call(target, account(name))
        except NothingToAsk:
            continue
    if isinstance(provider, ListsInbound):
        listed = provider.list_call(account(name), None)
        if listed is not None:
            yield "list", listed
    yield from operation_calls(name)


@pytest.mark.parametrize("name", SENDERS)
def test_every_channel_has_something_that_can_be_sent(name: str) -> None:
    found = {order.channel for _, order in sendable(name)}
    assert found == SENDERS[name].sends_on, "no order of these is taken on one of its channels"


@pytest.mark.parametrize("name", SENDERS)
def test_what_cannot_be_sent_is_refused_by_a_field_of_the_request(name: str) -> None:
    for about, order, refused in judged(name):
        if refused is None:
            continue
        first = refused.field.replace("[", ".").partition(".")[0]
        assert first in FIELDS, f"{about}: {refused}"
        assert refused.remedy, about
        for personal in (order.personal.to, "4711", "Acme"):
            assert personal not in str(refused), f"{about}: {refused}"


@pytest.mark.parametrize("name", SENDERS)
def test_an_option_that_is_none_is_refused(name: str) -> None:
    order = next(order for _, order in sendable(name))
    personal = msgspec.structs.replace(order.personal, options={"no_such_option": 1})
    with pytest.raises(Unsendable) as refused:
        SENDERS[name].check(msgspec.structs.replace(order, personal=personal))
    assert refused.value.field.startswith("options")


@pytest.mark.parametrize("name", SENDERS)
def test_what_can_be_sent_makes_one_call_and_always_the_same(name: str) -> None:
    again = PROVIDERS[name]()
    assert isinstance(again, SendsMessages)
    for about, order in sendable(name):
        call = SENDERS[name].send_call(order, sending(name))
        assert call == again.send_call(msgspec.convert(msgspec.to_builtins(order), Order), sending(name)), about
        assert call.path == "" or call.path.startswith("/"), about
        assert bool(call.body) is bool(call.content_type), about


@pytest.mark.parametrize("name", ALL)
def test_no_call_shows_a_secret(name: str) -> None:
    for about, call in calls(name):
        shown = call.shown() + repr((call.path, call.query, dict(call.headers))).encode()
        assert SECRET.encode() not in shown, about


@pytest.mark.parametrize("name", [name for name, provider in ALL.items() if isinstance(provider, Authenticates)])
def test_a_credential_that_is_missing_is_named(name: str) -> None:
    provider = ALL[name]
    assert isinstance(provider, Authenticates)
    assert provider.public_base_url == "" or provider.public_base_url.startswith("https://")
    proof = provider.headers(account(name))
    assert any(SECRET in value or value.startswith("Basic ") for value in proof.values())
    assert all(header == header.lower() for header in proof)
    with pytest.raises(NotConfigured, match=rf"\[providers\.{name}\]"):
        provider.headers(account(name, configured=False))


@pytest.mark.parametrize("name", ALL)
def test_abilities_are_for_channels_that_it_has(name: str) -> None:
    provider = ALL[name]
    if isinstance(provider, SendsMessages):
        assert provider.sends_on <= provider.channels
        assert issubclass(provider.options, Struct)
    if isinstance(provider, CanBePolled):
        assert provider.polls_on <= provider.channels
    if isinstance(provider, CancelsMessages):
        assert provider.cancels_on <= provider.channels


@pytest.mark.parametrize("name", [name for name, provider in ALL.items() if isinstance(provider, HasOperations)])
def test_operations_say_what_they_do_and_want(name: str) -> None:
    provider = ALL[name]
    assert isinstance(provider, HasOperations)
    for word, operation in provider.operations.items():
        assert operation.about.endswith("."), word
        kind = msgspec.inspect.type_info(operation.parameters)
        assert isinstance(kind, msgspec.inspect.StructType)
        for field in kind.fields:
            kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
            said = [kind.extra_json_schema or {} for kind in kinds if isinstance(kind, msgspec.inspect.Metadata)]
            assert any(schema.get("description") for schema in said), f"{word}: {field.name} has no description"
    assert {word for word, _ in operation_calls(name)} == set(provider.operations), "no call could be made of some"
