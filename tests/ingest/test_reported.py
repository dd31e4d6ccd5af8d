import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.events import Send, decode, encode
from ingest.invalid import InvalidField
from ingest.providers import PROVIDERS
from ingest.reported import LONGEST, ReportedSends

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SENDS = ReportedSends({name: provider() for name, provider in PROVIDERS.items()})

PLAUSIBLE: Mapping[str, st.SearchStrategy[Any]] = {
    "provider": st.sampled_from(sorted(PROVIDERS)),
    "ref": st.one_of(st.integers(), st.text(min_size=1, max_size=20), st.from_regex(r"[0-9]{3,9}(:[0-9]{5,15})?")),
    "channel": st.sampled_from(["sms", "voice", "viber", "whatsapp", "email"]),
    "to": st.sampled_from(["+34600000000", "+5215512345678", "ana@example.com", "+1", "600000000"]),
    "sent_at": st.one_of(st.datetimes().map(lambda at: f"{at.isoformat()}Z"), st.text(max_size=30)),
    "stage": st.sampled_from(["queued", "sent", "scheduled", "rejected", "seen"]),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
FIELDS = {name: PLAUSIBLE.get(name, st.text(max_size=30)) | ANYTHING for name in LONGEST}


@given(st.fixed_dictionaries({}, optional=FIELDS) | st.dictionaries(st.text(), ANYTHING, max_size=3) | ANYTHING)
def test_whatever_is_reported_is_a_send_or_a_named_fault(content):
    raw = json.dumps(content).encode()
    outcome = _read(raw)
    if isinstance(outcome, InvalidField):
        assert outcome.remedy
        assert outcome.field in LONGEST or outcome.field == "" or "unknown field" in outcome.remedy
    else:
        assert decode(encode(outcome)) == outcome
        assert outcome.personal.raw == raw
        assert _read(raw) == outcome


def _read(raw: bytes) -> Send | InvalidField:
    try:
        return SENDS.read(raw, NOW)
    except InvalidField as fault:
        return fault


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_half_a_character_is_a_fault_and_no_error_of_ours(name):
    fields = {"provider": "mensatek", "ref": "1", "channel": "sms", "to": "+34600000000", name: "\ud83d"}
    with pytest.raises(InvalidField):
        SENDS.read(json.dumps(fields).encode(), NOW)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_can_be_reported_on_each_of_its_channels(provider):
    for channel in PROVIDERS[provider].channels:
        to = "ana@example.com" if channel == "email" else "+34600000000"
        fields = {"provider": provider, "ref": "1234567", "channel": channel, "to": to}
        assert SENDS.read(json.dumps(fields).encode(), NOW).channel is channel
