"""What health reads of an attempt is what tracking wrote of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import fold
from delivery.channels import Channel
from delivery.events import MalformedEvent, Payload, Personal, Send, Source, Status
from delivery.health.sightings import End, decode_sighting
from delivery.reasons import Reason
from delivery.stages import FAILURES, SUCCESSES, Stage
from delivery.standing import Alias, describe, encode_record

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMMON = {
    "provider": "messente",
    "ref": "r",
    "channel": Channel.SMS,
    "country": "ES",
    "payload": Payload(sha256="0"),
    "personal": Personal(),
}


def send(second: float = 0, stage: Stage = Stage.QUEUED, **more) -> Send:
    return Send(**COMMON, source=Source.CALL, received_at=NOON + timedelta(seconds=second), stage=stage, **more)


def status(second: float, stage: Stage, reason: Reason | None = None, **more) -> Status:
    at = NOON + timedelta(seconds=second)
    return Status(**COMMON, source=Source.WEBHOOK, received_at=at, stage=stage, reason=reason, code=stage.value, **more)


def sighting(*events):
    state = None
    for event in events:
        state = fold(state, event)
    seen = decode_sighting(encode_record(describe(state, version=7, month="2026-11")))
    assert seen is not None
    return seen


def at(second: float) -> float:
    return (NOON + timedelta(seconds=second)).timestamp()


def test_a_hand_over_that_nothing_was_heard_of() -> None:
    seen = sighting(send(3))
    assert (seen.provider, seen.channel, seen.ref, seen.country) == ("messente", Channel.SMS, "r", "ES")
    assert (seen.begun, seen.handed, seen.heard, seen.end, seen.version) == (at(3), True, False, None, 7)


def test_one_that_arrived_is_timed_as_tracking_times_it() -> None:
    seen = sighting(send(), status(2, Stage.SENT), status(9, Stage.DELIVERED))
    assert (seen.end, seen.seconds, seen.heard, seen.updated) == (End.ARRIVED, 9.0, True, at(9))
    claimed = sighting(send(), status(900, Stage.DELIVERED, elapsed_seconds=4.5))
    assert (claimed.end, claimed.seconds) == (End.ARRIVED, 4.5)
    assert sighting(send(), status(900, Stage.DELIVERED, timed=False)).seconds is None


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        (Reason.ABSENT_SUBSCRIBER, End.EXCUSED),
        (Reason.OPTED_OUT, End.EXCUSED),
        (Reason.PROVIDER_ERROR, End.FAILED),
        (Reason.NO_CREDIT, End.FAILED),
        (None, End.FAILED),
    ],
)
def test_a_failure_is_the_providers_unless_its_reason_says_otherwise(reason: Reason | None, end: End) -> None:
    assert sighting(send(), status(5, Stage.UNDELIVERED, reason)).end is end


def test_a_refusal_at_once_is_no_hand_over() -> None:
    seen = sighting(send(stage=Stage.REJECTED, reason=Reason.PROVIDER_UNAVAILABLE, final=True))
    assert (seen.end, seen.handed, seen.heard) == (End.FAILED, False, False)


def test_what_was_withdrawn_is_nobodys_fault() -> None:
    assert sighting(send(stage=Stage.SCHEDULED), status(5, Stage.CANCELLED)).end is End.EXCUSED


def test_begins_when_it_is_to_go_out() -> None:
    assert sighting(send(stage=Stage.SCHEDULED, scheduled_for=NOON + timedelta(hours=1))).begun == at(3600)
    assert sighting(send(stage=Stage.SCHEDULED)).begun is None, "a leg that waits for its turn"
    assert sighting(send(stage=Stage.SCHEDULED), status(40, Stage.SENT)).begun == at(40)
    assert sighting(send(stage=Stage.SCHEDULED), status(40, Stage.UNDELIVERED)).begun == at(40)


def test_begins_when_it_was_first_heard_of_where_others_sent_it() -> None:
    seen = sighting(status(4, Stage.SENT), status(9, Stage.DELIVERED))
    assert (seen.begun, seen.handed) == (at(4), False)
    assert sighting(status(9, Stage.DELIVERED)).begun == at(9)


@given(st.lists(st.tuples(st.sampled_from(Stage), st.floats(0, 5000)), max_size=6), st.booleans())
def test_never_says_other_than_the_attempt(told, sent: bool) -> None:
    events = [send()] if sent or not told else []
    events += [status(second, stage) for stage, second in told]
    state = None
    for event in events:
        state = fold(state, event)
    attempt = describe(state, version=1, month="2026-11")
    seen = decode_sighting(encode_record(attempt))
    assert seen is not None
    assert (seen.end is End.ARRIVED) == (attempt.stage in SUCCESSES)
    assert (seen.end in {End.FAILED, End.EXCUSED}) == (attempt.stage in FAILURES)
    assert seen.seconds == attempt.delivery_seconds
    assert seen.updated == attempt.updated_at.timestamp()


def test_an_alias_is_passed_over_and_what_is_neither_is_refused() -> None:
    alias = Alias(retired="a", message_id="b", provider="messente", ref="r", version=8)
    assert decode_sighting(encode_record(alias)) is None
    with pytest.raises(MalformedEvent):
        decode_sighting(b'{"kind":"attempt.v1"}')
