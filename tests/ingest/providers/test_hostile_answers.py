"""Whatever Altiria and AI Number answer to a question, it is read as one of the results that there are."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.decisions import Target
from delivery.orders import Order, OrderPersonal
from ingest.accounts import Account
from ingest.operations import OperationFailed
from ingest.outbound import AskResult, HttpAnswer, LookupResult, Sending, SendResult, Taken
from ingest.providers.ainumber import AiNumber
from ingest.providers.altiria import Altiria

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PLATFORM = Account("any")
GATEWAY = Account("any", base_url="https://example.com/apirest/ws")
RESULTS = {*get_args(AskResult), *get_args(LookupResult), *get_args(SendResult)}
TEXT = Order(
    provider="any",
    channel=Channel.WHATSAPP,
    personal=OrderPersonal(to="+34600000000", sender="+34911234567", text="Hola"),
)
SMS = msgspec.structs.replace(TEXT, channel=Channel.SMS)
TARGET = Target(provider="any", ref="m-1", channel=Channel.WHATSAPP, handle="c-1", recipient="+34600000000")
SENDING, THERE = Sending("m", "m.1", PLATFORM, AT), Sending("m", "m.1", GATEWAY, AT)

READERS: dict[str, Callable[[HttpAnswer], object]] = {
    "altiria sent": lambda answer: Altiria().read_sent(SMS, SENDING, answer),
    "altiria sent in a conversation": lambda answer: Altiria().read_sent(TEXT, SENDING, answer),
    "altiria sent by the gateway": lambda answer: Altiria().read_sent(SMS, THERE, answer),
    "altiria polled": lambda answer: Altiria().read_polled(TARGET, answer),
    "altiria conversations": lambda answer: Altiria().read_listed(PLATFORM, None, answer),
    "altiria messages": lambda answer: Altiria().read_listed(PLATFORM, "0;34911234567/34600000000", answer),
    "ainumber sent": lambda answer: AiNumber().read_sent(
        msgspec.structs.replace(TEXT, personal=OrderPersonal(to="+34600000000", text="Hola")), SENDING, answer
    ),
    "ainumber polled": lambda answer: AiNumber().read_polled(TARGET, answer),
    "ainumber looked up": lambda answer: AiNumber().read_looked_up(TEXT, SENDING, AT, answer),
    "ainumber conversations": lambda answer: AiNumber().read_listed(PLATFORM, "3", answer),
    "ainumber messages": lambda answer: AiNumber().read_listed(PLATFORM, "0;c-1/+34600000000", answer),
}
ENVELOPE = ["state", "data", "meta", "error", "code", "detail", "type", "result", "accepted", "message", "details"]
PAGES = ["current_page", "last_page", "pages", "conversations", "messages", "contact", "last_message"]
MESSAGE = [
    "id",
    "message_id",
    "status",
    "direction",
    "body",
    "sent_at",
    "media_url",
    "fail_reason",
    "from",
    "to",
    "date",
]
OTHERS = ["phone", "inbound_sent_at", "destination", "event", "text"]
NAMES = st.sampled_from(ENVELOPE + PAGES + MESSAGE + OTHERS)
TEXTS = st.one_of(
    st.sampled_from(["m-1", "m 1", "", "outbound", "inbound", "000", "020", "Hola", "delivered", "+34600000000"]),
    st.sampled_from(["2026-03-01 12:00:00", "1772366400", "9" * 30, "\x00", "é" * 300]),
    st.text(max_size=10),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)
STATUSES = st.sampled_from([200, 200, 201, 202, 204, 207, 301, 400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 503])


@pytest.mark.parametrize("name", READERS)
@given(value=VALUES, status=STATUSES, charset=st.sampled_from(["utf-8", "cp1252", "utf-16"]))
@settings(max_examples=120)
def test_any_json(name: str, value: object, status: int, charset: str) -> None:
    body = json.dumps(value, ensure_ascii=False).encode(charset, "replace")
    answer = HttpAnswer(status, body, AT, {"content-type": f"application/json; charset={charset}"})
    result = READERS[name](answer)
    assert type(result) in RESULTS
    assert not isinstance(result, Taken) or 200 <= status < 300


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"a":', b"null", b"x" * 1_000_000])
@pytest.mark.parametrize("status", [200, 302, 400, 404, 429, 500])
def test_no_json(name: str, body: bytes, status: int) -> None:
    result = READERS[name](HttpAnswer(status, body, AT, {"content-type": "text/html; charset=utf-8"}))
    assert type(result) in RESULTS
    assert not isinstance(result, Taken)


@pytest.mark.parametrize("provider", [Altiria(), AiNumber()], ids=lambda provider: provider.name)
@given(value=VALUES, status=STATUSES)
@settings(max_examples=60)
def test_operations_fail_in_one_way(provider: Altiria | AiNumber, value: object, status: int) -> None:
    answer = HttpAnswer(status, json.dumps(value).encode(), AT)
    for operation in provider.operations.values():
        with suppress(OperationFailed):
            operation.read(answer)
