"""Events are written once and read for ever, and the same content is the same event."""

import json
import typing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import calls, decisions, events, requests, standing, unparsed
from delivery.attempts import fold
from delivery.channels import Channel
from delivery.events import (
    MalformedEvent,
    Payload,
    Personal,
    Precision,
    ProviderTime,
    Reply,
    Send,
    Source,
    Status,
    Zone,
)
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import Stage
from delivery.standing import Alias, decode_record, describe, encode_record
from delivery.unparsed import Unparsed, decode_unparsed, encode_unparsed

GOLDEN = Path(__file__).parents[1] / "fixtures" / "delivery"
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)

moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 # hypothesis wants naive bounds
costs = st.decimals(0, 1000, places=4)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
common = {
    "provider": texts,
    "ref": texts,
    "channel": st.sampled_from(Channel),
    "received_at": moments,
    "source": st.sampled_from(Source),
    "payload": st.builds(Payload, sha256=texts, index=st.integers(0, 9), count=st.integers(1, 10)),
    "personal": st.builds(
        Personal,
        recipient=st.none() | texts,
        sender=st.none() | texts,
        recipient_name=st.none() | texts,
        sender_name=st.none() | texts,
        text=st.none() | texts,
        raw=st.binary(max_size=40),
        content_type=texts,
    ),
    "occurred": st.none()
    | st.builds(ProviderTime, at=moments, zone=st.sampled_from(Zone), precision=st.sampled_from(Precision), text=texts),
    "code": texts,
    "code_text": texts,
    "message_id": st.none() | texts,
    "reference": st.none() | texts,
    "country": st.none() | texts,
    "number_type": st.none() | st.sampled_from(NumberType),
    "carrier": st.none() | texts,
}
outcome = {"stage": st.sampled_from(Stage), "reason": st.none() | st.sampled_from(Reason), "final": st.booleans()}
any_event = st.one_of(
    st.builds(Send, **common, **outcome, scheduled_for=st.none() | moments, expected_cost=st.none() | costs),
    st.builds(
        Status,
        **common,
        **outcome,
        timed=st.booleans(),
        elapsed_seconds=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(Reply, **common, reply_id=texts, answers_attempt=st.just(True)),
)


@given(any_event)
def test_decoding_undoes_encoding(event: events.Event) -> None:
    assert events.decode(events.encode(event)) == event


@given(any_event, st.integers(0, 10**12), st.sampled_from(["2026-11", "1999-01"]))
def test_decoding_undoes_encoding_of_attempts(event: events.Event, version: int, month: str) -> None:
    record = describe(fold(None, event), version=version, month=month)
    assert decode_record(encode_record(record)) == record


@given(texts, st.binary(max_size=60), texts, moments)
def test_decoding_undoes_encoding_of_what_could_not_be_read(
    provider: str, body: bytes, error: str, received_at: datetime
) -> None:
    kept = Unparsed(provider=provider, received_at=received_at, body=body, error=error)
    assert decode_unparsed(encode_unparsed(kept)) == kept


def tags(union: object) -> dict[str, type]:
    members = typing.get_args(union) or (union,)
    return {typing.cast("str", member.__struct_config__.tag): member for member in members}


WRITTEN_FOR_EVER = {
    **tags(events.Event),
    **tags(standing.Record),
    **tags(unparsed.Unparsed),
    **tags(requests.Request),
    **tags(decisions.Decision),
    **tags(calls.Call),
}
DECODERS = {
    **dict.fromkeys(tags(events.Event), events.decode),
    **dict.fromkeys(tags(standing.Record), standing.decode_record),
    **dict.fromkeys(tags(unparsed.Unparsed), unparsed.decode_unparsed),
    **dict.fromkeys(tags(requests.Request), requests.decode_request),
    **dict.fromkeys(tags(decisions.Decision), decisions.decode_decision),
    **dict.fromkeys(tags(calls.Call), calls.decode_call),
}


@pytest.mark.parametrize("tag", sorted(WRITTEN_FOR_EVER))
def test_what_was_written_before_a_field_was_added_is_still_read(tag: str) -> None:
    for older in GOLDEN.glob(f"{tag}.older*.json"):
        golden = older.read_bytes()
        assert json.loads(msgspec.json.encode(DECODERS[tag](golden))) == json.loads(golden)


@pytest.mark.parametrize("tag", sorted(WRITTEN_FOR_EVER))
def test_every_version_ever_written_is_still_read(tag: str) -> None:
    """A tag without its golden file fails here, and so does a field that was renamed, dropped or newly required."""
    golden = (GOLDEN / f"{tag}.json").read_bytes()
    decoded = DECODERS[tag](golden)
    assert type(decoded) is WRITTEN_FOR_EVER[tag]
    written_again = json.loads(msgspec.json.encode(decoded))
    assert written_again == json.loads(golden)
    unset = set(type(decoded).__struct_fields__) - set(json.loads(golden))
    assert unset <= {"closed_at", "code_text"}, "the golden file leaves out fields that could then be lost unseen"


def test_the_identity_of_an_event_is_its_content_and_never_changes() -> None:
    """These ids are in topics for ever: a new way to derive them would make old duplicates new events."""
    golden = {tag: json.loads((GOLDEN / f"{tag}.json").read_bytes()) for tag in tags(events.Event)}
    for tag, fields in golden.items():
        expected = fields.pop("event_id")
        assert getattr(DECODERS[tag](json.dumps(fields).encode()), "event_id", None) == expected


def test_the_same_payload_later_or_by_another_way_is_the_same_event() -> None:
    def receipt(code: str = "11", source: Source = Source.WEBHOOK, second: int = 0, text: str = "12:00") -> str:
        occurred = ProviderTime(at=NOON, zone=Zone.ASSUMED, precision=Precision.MINUTE, text=text)
        return Status(
            provider="mensatek",
            ref="1:h2",
            channel=Channel.SMS,
            received_at=NOON.replace(second=second),
            source=source,
            payload=Payload(sha256=str(second)),
            personal=Personal(),
            stage=Stage.DELIVERED,
            final=True,
            code=code,
            occurred=occurred,
        ).event_id

    assert receipt() == receipt(source=Source.POLL, second=29)
    assert len({receipt(), receipt(code="13"), receipt(text="12:01")}) == 3


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "truncated"),
        (b"[]", "object"),
        (b'{"kind":"status.v9"}', "status.v9"),
        (b'{"kind":"send.v1","provider":7}', "provider"),
        (b'{"kind":"send.v1","provider":"\xff"}', "utf-8"),
    ],
)
def test_what_is_no_event_is_refused_with_the_place(data: bytes, named: str) -> None:
    with pytest.raises(MalformedEvent, match=named):
        events.decode(data)


def test_an_alias_survives_the_way_through_kafka() -> None:
    alias = Alias(retired="a", message_id="b", provider="messente", ref="r", version=8)
    assert decode_record(encode_record(alias)) == alias
