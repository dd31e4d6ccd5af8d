"""What every provider makes of answers that no document has: registry in, no provider named here.

Nothing raises, nothing is taken that the provider did not say it took, and nothing is given up that it may have taken.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.orders import Order, OrderPersonal, Template, Voice
from ingest.accounts import Account
from ingest.operations import OperationFailed
from ingest.outbound import (
    AskNext,
    Busy,
    HttpAnswer,
    NotFound,
    Refused,
    Sending,
    Taken,
    Told,
    Unauthorised,
    Unclear,
)
from ingest.provider import CanBePolled, CancelsMessages, HasOperations, ListsInbound, LooksUp, SendsMessages
from ingest.providers import PROVIDERS
from ingest.unsendable import Unsendable

AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MESSAGE: Final = "01931f7e-3c00-7abc-8def-0123456789ab"
TO: Final = "+34600000000"
HTML: Final = b"<!DOCTYPE html><html><head><title>It works!</title></head><body>502 Bad Gateway</body></html>"
WORDS: Final = (
    *("messages", "message_id", "omnimessage_id", "channel", "sender", "to", "statuses", "status", "err", "error"),
    *("errors", "code", "title", "detail", "source", "Res", "Msgid", "idMensaje", "Movil", "Mensajes", "Cred", "id"),
    *("data", "items", "meta", "conversation_id", "message", "messageId", "result", "details", "event", "from", "text"),
)

ALL: Final = {name: made() for name, made in PROVIDERS.items()}
SENDERS: Final = {name: provider for name, provider in ALL.items() if isinstance(provider, SendsMessages)}
Read = Callable[[HttpAnswer], object]


def account(name: str) -> Account:
    fields = {field: f"{field}1" for field in PROVIDERS[name].credential_fields}
    return Account(name, base_url="https://provider.example.com", credentials=fields)


def orders(name: str) -> Iterator[Order]:
    """One order for each channel that takes one of these."""
    contents: tuple[dict[str, Any], ...] = (
        {"text": "Hola"},
        {"text": "Hola", "options": {"subject": "Hola"}},
        {"template": Template(name="otp", language="es")},
        {"voice": Voice(text="Hola", language="es-ES")},
    )
    for channel in sorted(SENDERS[name].sends_on):
        mail = channel is Channel.EMAIL
        to, sender = ("ana@example.com", "shop@example.com") if mail else (TO, "+34911111111")
        for content in contents:
            personal = OrderPersonal(to=to, sender=sender, **content)
            order = Order(provider=name, channel=channel, personal=personal, country="ES")
            try:
                SENDERS[name].check(order)
            except Unsendable:
                continue
            yield order
            break


def sent_readers(name: str) -> Iterator[tuple[str, Read]]:
    provider = SENDERS[name]
    sending = Sending(MESSAGE, f"{MESSAGE}.1", account(name), AT)
    for order in orders(name):
        yield f"sent by {order.channel}", lambda answer, order=order: provider.read_sent(order, sending, answer)


def looked_up_readers(name: str) -> Iterator[tuple[str, Read]]:
    provider = ALL[name]
    if isinstance(provider, LooksUp) and isinstance(provider, SendsMessages):
        sending = Sending(MESSAGE, f"{MESSAGE}.1", account(name), AT)
        for order in orders(name):
            yield (
                f"looked up by {order.channel}",
                lambda answer, order=order: provider.read_looked_up(order, sending, AT, answer),
            )


def told_readers(name: str) -> Iterator[tuple[str, Read]]:
    """Of everything that is not a send: polls, cancellations, lists."""
    provider = ALL[name]
    for channel in sorted(provider.channels):
        ref = provider.attempt_ref("10573758", TO, channel)
        target = Target(provider=name, ref=ref, channel=channel, handle="10573758", recipient=TO)
        if isinstance(provider, CanBePolled) and channel in provider.polls_on:
            yield f"polled by {channel}", lambda answer, target=target: provider.read_polled(target, answer)
        if isinstance(provider, CancelsMessages) and channel in provider.cancels_on:
            yield f"cancelled by {channel}", lambda answer, target=target: provider.read_cancelled(target, answer)
    if isinstance(provider, ListsInbound):
        yield "listed", lambda answer: provider.read_listed(account(name), None, answer)


def answer(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> HttpAnswer:
    return HttpAnswer(status, body, AT, {"content-type": content_type, **headers})


BROKEN: Final = {
    "HTML": (HTML, "text/html"),
    "HTML called JSON": (HTML, "application/json"),
    "nothing": (b"", ""),
    "nothing called JSON": (b"", "application/json"),
    "blanks": (b" \r\n\t", "text/plain"),
    "JSON cut short": (b'{"messages": [{"message_id": "3e28ec48', "application/json"),
    "JSON cut short in a number": (b'{"Res": 1, "Msgid": 105', "application/json"),
    "an array that is not closed": (b"[" * 50_000, "application/json"),
    "an object that is not closed": (b'{"a":' * 50_000, "application/json"),
    "deep": (b"[" * 2_000 + b"]" * 2_000, "application/json"),
    "huge": (b'["' + b"x" * 2_000_000 + b'"]', "application/json"),
    "null": (b"null", "application/json"),
    "true": (b"true", "application/json"),
    "a word": (b'"Queued up"', "application/json"),
    "not JSON's numbers": (b"NaN", "application/json"),
    "a list of nothing": (b"[[]]", "application/json"),
    "UTF-16": ('{"id": "1"}'.encode("utf-16"), "application/json"),
    "bytes of no charset": (b"\xff\xfe\xfd\x80\x00", "application/json; charset=utf-8"),
    "an unknown charset": (b"\xa4\xa4", "application/json; charset=klingon"),
    "half a character": (b'{"title": "\xc3', "application/json; charset=utf-8"),
    "half a surrogate": (b'{"message_id": "\\ud800"}', "application/json"),
}


@pytest.mark.parametrize("about", BROKEN)
@pytest.mark.parametrize("name", SENDERS)
def test_a_success_that_cannot_be_read_leaves_a_send_in_doubt(name: str, about: str) -> None:
    body, content_type = BROKEN[about]
    for status in (200, 201, 202):
        for what, read in (*sent_readers(name), *looked_up_readers(name)):
            assert isinstance(read(answer(status, body, content_type)), Unclear), f"{what}: {about}"


@pytest.mark.parametrize("about", BROKEN)
@pytest.mark.parametrize("name", ALL)
def test_nor_does_it_tell_of_an_attempt(name: str, about: str) -> None:
    body, content_type = BROKEN[about]
    for status in (200, 201, 202):
        for what, read in told_readers(name):
            result = read(answer(status, body, content_type))
            assert isinstance(result, Told | Unclear | Refused | NotFound | Busy), f"{what}: {about}"
            assert not isinstance(result, Told) or not result.events, f"{what}: {about}"


@pytest.mark.parametrize("body", [HTML, b"", b"{", b"null", b'{"error": 5}', b'{"errors": [{}]}', b"[]", b"{}"])
@pytest.mark.parametrize("name", ALL)
def test_a_status_means_the_same_whoever_answers_it(name: str, body: bytes) -> None:
    sent = [*sent_readers(name)] if name in SENDERS else []
    for what, read in (*sent, *looked_up_readers(name), *told_readers(name)):
        assert isinstance(read(answer(401, body)), Unauthorised), what
        assert isinstance(read(answer(403, body)), Unauthorised | Refused | Unclear), what
        busy = read(answer(429, body, **{"retry-after": "7"}))
        assert busy == Busy(busy.text, 7.0) if isinstance(busy, Busy) else False, what
        for status in (500, 502, 504, 520):
            assert isinstance(read(answer(status, body)), Unclear), what
        assert isinstance(read(answer(503, body)), Busy | Unclear), what
        for status in (301, 302, 304):
            assert isinstance(read(answer(status, body)), Unclear | Refused), what


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("999999", 3600.0),
        ("9" * 400, 3600.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 99 Foo 2026 12:00:30 GMT", None),
        ("Sun, 01 Mar 99999 12:00:30 GMT", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("name", SENDERS)
def test_the_wait_that_a_provider_asks_for_is_read(name: str, said: str, seconds: float | None) -> None:
    for what, read in sent_readers(name):
        busy = read(answer(429, b"", **{"retry-after": said}))
        assert isinstance(busy, Busy), what
        assert busy.retry_after_seconds == seconds, what


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=12,
)
bodies = st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode())
answers = st.builds(
    answer,
    st.sampled_from((200, 201, 202, 204, 207, 302, 400, 401, 402, 403, 404, 405, 409, 413, 418, 422, 429, 500, 503)),
    bodies,
    st.sampled_from(("application/json", "text/plain; charset=latin-1", "text/xml", "", "x; charset=\x00")),
)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(said=answers)
def test_no_answer_raises(name: str, said: HttpAnswer) -> None:
    sent = [*sent_readers(name)] if name in SENDERS else []
    for what, read in (*sent, *looked_up_readers(name)):
        result = read(said)
        assert isinstance(result, Taken | Refused | Busy | Unauthorised | Unclear | NotFound | AskNext), what
        if isinstance(result, Taken):
            assert result.sends, what
            assert all(sent.message_id == MESSAGE and sent.ref for sent in result.sends), what
    for what, read in told_readers(name):
        result = read(said)
        assert isinstance(result, Told | NotFound | Refused | Busy | Unauthorised | Unclear | AskNext), what


@pytest.mark.parametrize("name", [name for name, provider in ALL.items() if isinstance(provider, HasOperations)])
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(said=answers)
def test_an_operation_is_read_or_has_failed(name: str, said: HttpAnswer) -> None:
    provider = ALL[name]
    assert isinstance(provider, HasOperations)
    for word, operation in provider.operations.items():
        try:
            shown = operation.read(said)
        except OperationFailed:
            continue
        assert said.status in range(200, 300), word
        msgspec.json.encode(shown)
