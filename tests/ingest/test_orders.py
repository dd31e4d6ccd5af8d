"""Whatever is asked for becomes an order that its provider can make a call of, or a named fault."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.requests import MessageRequest, decode_request, encode_request
from ingest.accounts import Account
from ingest.invalid import InvalidField
from ingest.message_body import MessageBody
from ingest.message_ids import new_message_id
from ingest.orders import Asked, Orders
from ingest.providers import PROVIDERS
from ingest.reachability import why_unreachable
from ingest.sending_accounts import SendingAccounts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = Orders({name: kind() for name, kind in PROVIDERS.items()})
ACCOUNTS = SendingAccounts(
    ORDERS.senders,
    {
        name: Account(name, base_url="https://a.example", credentials=dict.fromkeys(kind.credential_fields, "k"))
        for name, kind in PROVIDERS.items()
    },
)
OPTIONS = sorted(
    {field.encode_name for kind in ORDERS.senders.values() for field in msgspec.structs.fields(kind.options)}
)

texts = st.text(max_size=200) | st.sampled_from(["Hola", "á" * 71, "€" * 200, "(FILE:1:a.pdf)"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)
urls = st.sampled_from(["https://files.example/a.png", "https://files.example/á b", "http://a", "https://"]) | texts
kinds = st.sampled_from(["image", "video", "audio", "document"])
plausible: Mapping[str, st.SearchStrategy[Any]] = {
    "to": st.sampled_from(["+34600000000", "+573001234567", "+5215512345678", "+12025550123", "ana@example.com"]),
    "channel": st.sampled_from([channel.value for channel in Channel]),
    "provider": st.sampled_from(sorted(PROVIDERS)),
    "sender": st.sampled_from(["ACME", "+34600000001", "acme@example.com", "ñ" * 12]),
    "text": texts,
    "template": st.fixed_dictionaries(
        {"name": st.text(min_size=1, max_size=20)},
        optional={"language": texts, "parameters": st.dictionaries(st.sampled_from(["1", "2", "name"]), texts)},
    ),
    "media": st.fixed_dictionaries({"kind": kinds, "url": urls}, optional={"file_name": texts}),
    "voice": st.fixed_dictionaries({}, optional={"text": texts, "audio_url": urls, "language": st.just("es-ES")}),
    "send_at": st.integers(-40, 400).map(lambda days: (NOW + timedelta(days=days)).isoformat()),
    "ttl": st.sampled_from([1, 59, 60, 90, 3_600, 2_592_000]),
    "reference": texts,
    "priority": st.sampled_from(["low", "regular", "high"]),
    "store": st.sampled_from(["plaintext", "sha256", "nostore"]),
    "on_doubt": st.sampled_from(["hold", "next", "retry"]),
    "options": st.dictionaries(st.sampled_from(OPTIONS), anything, max_size=3),
}
required = {name: plausible[name] for name in ("to", "channel", "provider")}
optional = {name: strategy for name, strategy in plausible.items() if name not in required}


@settings(max_examples=400)
@given(
    st.fixed_dictionaries(required, optional=optional)
    | st.fixed_dictionaries({}, optional={name: strategy | anything for name, strategy in plausible.items()})
    | anything
)
def test_whatever_is_asked_is_an_order_or_a_named_fault(content):
    raw = json.dumps(content).encode()
    outcome = _read(raw)
    if isinstance(outcome, InvalidField):
        assert outcome.remedy
        return
    request = MessageRequest(message_id=new_message_id(), received_at=NOW, order=outcome.order)
    assert decode_request(encode_request(request)) == request
    assert _read(raw) == outcome


def _read(raw: bytes) -> Asked | InvalidField:
    try:
        asked = ORDERS.read(raw, NOW)
        ACCOUNTS.check(asked.order, "018f4e6e-5a3c-7cc1-b5a1-7d0c6d8a1b2c", NOW)
    except InvalidField as fault:
        return fault
    return asked


@pytest.mark.parametrize("name", MessageBody.__struct_fields__)
def test_half_a_character_is_a_fault_and_no_error_of_ours(name):
    fields = {"to": "+34600000000", "channel": "sms", "provider": "mensatek", "text": "a", name: "\ud83d"}
    assert isinstance(_read(json.dumps(fields).encode()), InvalidField)


@pytest.mark.parametrize(
    ("number", "channel", "kind"),
    [
        ("+34600000000", Channel.SMS, None),
        ("+34912345678", Channel.SMS, "fixed-line"),
        ("+34912345678", Channel.VOICE, None),
        ("+34912345678", Channel.WHATSAPP, None),
        ("+34803123456", Channel.VOICE, "premium-rate"),
        ("+34803123456", Channel.VIBER, "premium-rate"),
        ("+12025550123", Channel.SMS, None),  # no telling mobiles from fixed lines there
        ("+34199999999", Channel.SMS, None),  # in no plan that we know: the provider knows better
        ("ana@example.com", Channel.EMAIL, None),
    ],
)
def test_who_cannot_be_reached(number, channel, kind):
    assert why_unreachable(number, channel) == kind
