"""What is decided depends on what was told alone, and telling it again decides the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import state_of
from delivery.briefs import AttemptBrief, SeenAttempt, decode_seen
from delivery.channels import Channel
from delivery.decisions import CancelDecision, SendDecision, SettleDecision
from delivery.events import Payload, Personal, Send, Source
from delivery.failover import decide_attempt, decide_poll, decide_request, next_poll
from delivery.message_states import MessageState, join, with_attempt, with_request, without_attempt
from delivery.orders import Order, OrderPersonal
from delivery.polling import SCHEDULE
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.stages import Stage
from delivery.standing import describe, encode_record

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)
MESSAGE = "01960000-0000-7000-8000-000000000001"


def asked(text: str = "Hola") -> MessageRequest:
    personal = OrderPersonal(to="+34600000000", text=text)
    order = Order(provider="messente", channel=Channel.SMS, personal=personal)
    return MessageRequest(message_id=MESSAGE, received_at=NOON, order=order)


def attempt(stage: Stage = Stage.SCHEDULED, version: int = 2, ref: str = "leg-1") -> AttemptBrief:
    event = Send(
        provider="messente",
        ref=ref,
        channel=Channel.SMS,
        received_at=NOON,
        source=Source.CALL,
        payload=Payload(sha256="0"),
        personal=Personal(),
        message_id=MESSAGE,
        handle="omni-1",
        stage=stage,
    )
    seen = decode_seen(encode_record(describe(state_of(event), version=version, month="2026-03")))
    assert isinstance(seen, SeenAttempt)
    assert seen.ours
    return seen.brief()


def told(state: MessageState | None, brief: AttemptBrief) -> MessageState:
    return with_attempt(state, MESSAGE, brief)


def test_a_message_is_sent_once_and_reading_its_request_again_decides_the_same() -> None:
    state = with_request(None, asked(), 7)
    [decision] = decide_request(state, asked(), 7)
    assert isinstance(decision, SendDecision)
    assert (decision.decision_id, decision.reference) == (f"{MESSAGE}/1", f"{MESSAGE}.1")
    assert with_request(state, asked(), 7) is state
    assert decide_request(state, asked(), 7) == [decision]


def test_the_same_message_asked_for_again_is_not_sent_again_whatever_it_says() -> None:
    state = with_request(with_request(None, asked(), 7), asked("other"), 9)
    assert state.asked is not None
    assert state.asked.request.order.personal.text == "Hola"
    assert decide_request(state, asked("other"), 9) == []


def test_what_can_still_be_withdrawn_is_and_what_shows_itself_later_too() -> None:
    cancel = CancelRequest(message_id=MESSAGE, received_at=NOON)
    state = told(with_request(None, asked(), 7), attempt())
    state = with_request(told(state, attempt(Stage.DELIVERED, ref="leg-2")), cancel, 8)
    [decision] = decide_request(state, cancel, 8)
    assert isinstance(decision, CancelDecision)
    assert (decision.target.ref, decision.target.handle, decision.target.recipient) == (
        "leg-1",
        "omni-1",
        "+34600000000",
    )
    later = told(state, attempt(ref="leg-3"))
    for _ in range(2):
        assert [d.decision_id for d in decide_attempt(later, "messente/leg-3")] == ["cancel/messente/leg-3"]
    assert decide_attempt(told(later, attempt(Stage.SENT, ref="leg-3", version=4)), "messente/leg-3") == []


def test_a_step_in_doubt_is_settled_and_sent_again_only_where_that_was_asked() -> None:
    state = with_request(None, asked(), 7)
    found = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.SENT, ref="leg-1")
    [settled] = decide_request(with_request(state, found, 8), found, 8)
    assert isinstance(settled, SettleDecision)
    again = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.NOT_SENT, resend=True)
    ids = [decision.decision_id for decision in decide_request(with_request(state, again, 8), again, 8)]
    assert ids == [f"settle/{MESSAGE}/1", f"{MESSAGE}/1/1"]


def test_who_has_a_step_sent_again_twice_sends_it_once_until_that_is_in_doubt_too() -> None:
    state, ids = with_request(None, asked(), 7), []
    for offset, tries in enumerate((0, 0, 1), start=8):
        again = SettleRequest(
            message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.NOT_SENT, resend=True, tries=tries
        )
        state = with_request(state, again, offset)
        decided = decide_request(state, again, offset)
        assert decide_request(with_request(state, again, offset), again, offset) == decided, "read again after a crash"
        ids += [decision.decision_id for decision in decided]
    assert [each for each in ids if not each.startswith("settle/")] == [f"{MESSAGE}/{n}" for n in ("1/1", "1/2")]


def test_what_shows_itself_was_sent_whatever_a_person_has_found() -> None:
    state = told(with_request(None, asked(), 7), attempt(Stage.QUEUED))
    wrong = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.NOT_SENT, resend=True)
    assert decide_request(with_request(state, wrong, 8), wrong, 8) == []


def test_a_settlement_of_what_was_never_asked_decides_nothing() -> None:
    found = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.SENT)
    assert decide_request(with_request(None, found, 1), found, 1) == []


def test_an_older_version_of_an_attempt_changes_nothing() -> None:
    state = told(None, attempt(Stage.DELIVERED, version=6))
    assert told(state, attempt(Stage.QUEUED, version=4)) is state
    assert state.under_way == []


@given(st.integers(min_value=0, max_value=300_000))
def test_the_next_round_is_the_first_one_later(seconds: int) -> None:
    after = NOON + timedelta(seconds=seconds)
    number = SCHEDULE.next_round(NOON, after, window=WINDOW)
    every = [n for n in range(1, 40) if SCHEDULE.due_at(NOON, n) > after and SCHEDULE.due_at(NOON, n) < NOON + WINDOW]
    assert number == (every[0] if every else None)


def test_an_attempt_is_asked_after_until_something_final_is_heard() -> None:
    state: MessageState = told(with_request(None, asked(), 7), attempt(Stage.QUEUED))
    brief = state.attempts["messente/leg-1"]
    due, number = next_poll(brief, NOON, window=WINDOW) or (NOON, 0)
    assert (due, number) == (NOON + timedelta(seconds=30), 1)
    assert decide_poll(state, brief.key, number, due - timedelta(seconds=1)) is None
    poll = decide_poll(state, brief.key, number, due)
    assert poll is not None
    assert (poll.decision_id, poll.decided_at) == ("poll/messente/leg-1/1", due)
    over = told(state, attempt(Stage.DELIVERED, version=8))
    assert decide_poll(over, brief.key, 1, due) is None
    assert next_poll(over.attempts[brief.key], due, window=WINDOW) is None


def test_an_attempt_that_belongs_to_another_message_is_forgotten() -> None:
    state = told(with_request(None, asked(), 7), attempt())
    assert without_attempt(state, "messente/leg-1").attempts == {}
    assert without_attempt(state, "messente/other") is state


def test_two_states_of_a_message_join_to_what_either_knows() -> None:
    read = with_request(None, asked(), 7)
    cancel = CancelRequest(message_id=MESSAGE, received_at=NOON)
    further = told(with_request(read, cancel, 8), attempt(version=2))
    behind = told(told(read, attempt(Stage.DELIVERED, version=6)), attempt(ref="leg-2"))
    for joined in (join(further, behind), join(behind, further)):
        assert (joined.requests_read, joined.cancel_requested_at) == (8, NOON)
        assert {key: brief.version for key, brief in joined.attempts.items()} == {
            "messente/leg-1": 6,
            "messente/leg-2": 2,
        }
