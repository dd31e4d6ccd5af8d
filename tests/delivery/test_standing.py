"""How an attempt stands, told case by case: the failures of the field, and which clock a delivery time is from."""

from datetime import UTC, datetime, timedelta

import pytest

from delivery.attempts import AttemptState, close, concerns_attempt, fold
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Reply, Send, Source, Status, Zone
from delivery.identities import derived_message_id
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, Stage
from delivery.standing import Attempt, Clock, describe

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MESSAGE = "0190f000-0000-7000-8000-000000000001"


def claim(seconds: float, zone: Zone = Zone.STATED, precision: Precision = Precision.SECOND) -> ProviderTime:
    at = NOON + timedelta(seconds=seconds)
    return ProviderTime(at=at, zone=zone, precision=precision, text=at.isoformat())


def about(received: float, code: str) -> dict[str, object]:
    return {
        "provider": "messente",
        "ref": "a1",
        "channel": Channel.SMS,
        "received_at": NOON + timedelta(seconds=received),
        "source": Source.WEBHOOK,
        "payload": Payload(sha256="00" * 32),
        "personal": Personal(),
        "code": code,
    }


def send(received: float = 0, **more: object) -> Send:
    return Send(**{**about(received, ""), **more})  # type: ignore[arg-type] # the fields are spelt out in about()


def status(stage: Stage, received: float, code: str | None = None, **more: object) -> Status:
    return Status(  # type: ignore[misc] # the fields are spelt out in about()
        stage=stage, final=stage in CONCLUSIVE, **{**about(received, code or stage.value), **more}
    )


def standing(*history: Event) -> Attempt:
    state: AttemptState | None = None
    for event in history:
        state = fold(state, event)
    assert state is not None
    return describe(state, version=2 * len(history), month="2026-11")


def test_a_receipt_that_beats_its_own_send_is_timed_by_what_both_claim() -> None:
    attempt = standing(status(Stage.DELIVERED, 2, occurred=claim(1.5)), send(3, occurred=claim(0), message_id=MESSAGE))
    assert attempt.stage is Stage.DELIVERED
    assert (attempt.delivery_seconds, attempt.clock) == (1.5, Clock.PROVIDER)
    assert attempt.message_id == MESSAGE


def test_a_late_success_revises_a_failure() -> None:
    attempt = standing(send(), status(Stage.UNDELIVERED, 5), status(Stage.DELIVERED, 9))
    assert (attempt.stage, attempt.revised, attempt.contradictions) == (Stage.DELIVERED, True, ())
    assert attempt.reason is None


def test_a_failure_after_a_success_changes_nothing_and_is_kept() -> None:
    attempt = standing(
        send(), status(Stage.DELIVERED, 5), status(Stage.UNDELIVERED, 9, reason=Reason.ABSENT_SUBSCRIBER)
    )
    assert (attempt.stage, attempt.revised) == (Stage.DELIVERED, False)
    (contradiction,) = attempt.contradictions
    assert (contradiction.stage, contradiction.reason) == (Stage.UNDELIVERED, Reason.ABSENT_SUBSCRIBER)


def test_seen_without_delivered_counts_as_delivered_and_is_not_timed() -> None:
    attempt = standing(send(), status(Stage.SEEN, 60))
    assert (attempt.stage, attempt.final) == (Stage.SEEN, True)
    assert (attempt.delivery_seconds, attempt.clock) == (None, None)


def test_a_retry_of_the_provider_is_no_failure_and_says_what_holds_it_up() -> None:
    attempt = standing(send(), status(Stage.SENT, 1), status(Stage.SENT, 5, "134", reason=Reason.HANDSET_ERROR))
    assert (attempt.stage, attempt.final, attempt.reason) == (Stage.SENT, False, Reason.HANDSET_ERROR)


def test_an_unknown_code_is_neither_dropped_nor_a_failure() -> None:
    attempt = standing(status(Stage.UNKNOWN, 1, "9999", reason=Reason.UNKNOWN_CODE))
    assert (attempt.stage, attempt.final, attempt.code) == (Stage.UNKNOWN, False, "9999")
    assert standing(send(), status(Stage.UNKNOWN, 1, "9999")).stage is Stage.QUEUED


def test_the_first_of_two_failures_is_the_one_that_counts() -> None:
    attempt = standing(
        send(), status(Stage.EXPIRED, 90, reason=Reason.EXPIRED), status(Stage.UNDELIVERED, 9, reason=Reason.BLOCKED)
    )
    assert (attempt.stage, attempt.reason) == (Stage.UNDELIVERED, Reason.BLOCKED)


def test_a_closed_window_without_a_receipt_ends_as_unknown() -> None:
    state = fold(None, send())
    attempt = describe(close(state, NOON + timedelta(hours=72)), version=3, month="2026-11")
    assert (attempt.stage, attempt.reason, attempt.final) == (Stage.UNKNOWN, Reason.NO_RECEIPT, True)
    assert Stage.QUEUED in attempt.times


@pytest.mark.parametrize(
    ("sent", "delivered", "expected"),
    [
        pytest.param({}, {"elapsed_seconds": 3.0}, (3.0, Clock.ELAPSED), id="computed by the provider"),
        pytest.param({"occurred": claim(1)}, {"occurred": claim(5)}, (4.0, Clock.PROVIDER), id="claimed at both ends"),
        pytest.param({}, {}, (8.0, Clock.RECEIVED), id="received at both ends"),
        pytest.param({"occurred": claim(1)}, {}, (7.0, Clock.MIXED), id="claimed at one end"),
        pytest.param({}, {"occurred": claim(5, zone=Zone.ABSENT)}, (8.0, Clock.RECEIVED), id="zone unknown"),
        pytest.param({}, {"occurred": claim(5, precision=Precision.MINUTE)}, (8.0, Clock.RECEIVED), id="by the minute"),
        pytest.param({}, {"occurred": claim(7205)}, (8.0, Clock.RECEIVED), id="in the wrong zone"),
        pytest.param({"occurred": claim(6)}, {"occurred": claim(5)}, (2.0, Clock.MIXED), id="claimed before the send"),
        pytest.param({"received": 20}, {}, (None, None), id="received before the send"),
        pytest.param({}, {"timed": False, "elapsed_seconds": 3.0}, (None, None), id="time said to be unknown"),
        pytest.param(
            {"scheduled_for": NOON + timedelta(seconds=6), "stage": Stage.SCHEDULED},
            {},
            (2.0, Clock.RECEIVED),
            id="from the time it was scheduled for",
        ),
    ],
)
def test_every_delivery_time_says_which_clock_it_used(
    sent: dict[str, object], delivered: dict[str, object], expected: tuple[float | None, Clock | None]
) -> None:
    attempt = standing(send(**sent), status(Stage.DELIVERED, 8, **delivered))  # type: ignore[arg-type] # spelt out above
    assert (attempt.delivery_seconds, attempt.clock) == expected


def test_what_was_held_until_nobody_said_when_is_timed_from_when_it_was_on_its_way() -> None:
    waiting = send(stage=Stage.SCHEDULED)
    attempt = standing(waiting, status(Stage.SENT, 600), status(Stage.DELIVERED, 604))
    assert (attempt.delivery_seconds, attempt.clock) == (4.0, Clock.RECEIVED)
    unheard = standing(waiting, status(Stage.DELIVERED, 604))
    assert (unheard.delivery_seconds, unheard.clock) == (None, None)


def test_a_receipt_whose_time_is_known_is_preferred_to_one_whose_time_is_not() -> None:
    attempt = standing(
        status(Stage.DELIVERED, 5, "70", timed=False), status(Stage.DELIVERED, 9, "11", elapsed_seconds=4.0)
    )
    assert (attempt.code, attempt.delivery_seconds) == ("11", 4.0)


def test_a_send_knows_best_what_it_sent() -> None:
    attempt = standing(
        status(Stage.SENT, 1, channel=Channel.SMS, reference="late"),
        send(
            2,
            channel=Channel.VIBER,
            reference="order-7",
            country="ES",
            number_type=NumberType.MOBILE,
            carrier="A. Telecom",
        ),
    )
    assert (attempt.channel, attempt.reference, attempt.country) == (Channel.VIBER, "order-7", "ES")
    assert (attempt.number_type, attempt.carrier) == (NumberType.MOBILE, "A. Telecom")


def test_an_attempt_that_nobody_named_has_an_id_of_its_own_until_it_is_claimed() -> None:
    unnamed = standing(status(Stage.SENT, 1))
    assert unnamed.message_id == derived_message_id("messente/a1") == unnamed.derived_message_id
    claimed = standing(status(Stage.SENT, 1), send(2, message_id=MESSAGE))
    assert (claimed.message_id, claimed.derived_message_id) == (MESSAGE, unnamed.derived_message_id)


def test_only_a_reply_to_an_attempt_concerns_it() -> None:
    reply = Reply(**about(4, ""), answers_attempt=True, reply_id="r1")  # type: ignore[arg-type] # spelt out in about()
    assert concerns_attempt(reply)
    assert not concerns_attempt(Reply(**about(4, ""), reply_id="r2"))  # type: ignore[arg-type] # spelt out in about()
    attempt = standing(send(), reply)
    assert attempt.replied_at == NOON + timedelta(seconds=4)
    assert attempt.stage is Stage.QUEUED
