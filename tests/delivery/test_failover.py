"""What is decided depends on what was told alone, and telling it again decides the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import state_of
from delivery.channels import Channel
from delivery.decisions import CancelDecision, SendDecision, SettleDecision
from delivery.events import Payload, Personal, Send, Source
from delivery.failover import decide_attempt, decide_poll, decide_request, next_poll
from delivery.message_states import MessageState, with_attempt, with_request
from delivery.orders import Order, OrderPersonal
from delivery.polling import due_at, next_round
from delivery.requests import CancelRequest, Finding, MessageRequest, SettleRequest
from delivery.stages import Stage
from delivery.standing import Attempt, describe

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)
MESSAGE = "01960000-0000-7000-8000-000000000001"


def asked(text: str = "Hola") -> MessageRequest:
    personal = OrderPersonal(to="+34600000000", text=text)
    order = Order(provider="messente", channel=Channel.SMS, personal=personal)
    return MessageRequest(message_id=MESSAGE, received_at=NOON, order=order)


def attempt(stage: Stage = Stage.SCHEDULED, version: int = 2, ref: str = "leg-1") -> Attempt:
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
    return describe(state_of(event), version=version, month="2026-03")


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
    state = with_attempt(with_request(None, asked(), 7), attempt())
    state = with_request(with_attempt(state, attempt(Stage.DELIVERED, ref="leg-2")), cancel, 8)
    [decision] = decide_request(state, cancel, 8)
    assert isinstance(decision, CancelDecision)
    assert (decision.target.ref, decision.target.handle, decision.target.recipient) == (
        "leg-1",
        "omni-1",
        "+34600000000",
    )
    later = with_attempt(state, attempt(ref="leg-3"))
    assert [d.decision_id for d in decide_attempt(state, later, "messente/leg-3")] == ["cancel/messente/leg-3"]
    assert decide_attempt(later, with_attempt(later, attempt(ref="leg-3", version=4)), "messente/leg-3") == []


def test_a_step_in_doubt_is_settled_and_sent_again_only_where_that_was_asked() -> None:
    state = with_request(None, asked(), 7)
    found = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.SENT, ref="leg-1")
    [settled] = decide_request(with_request(state, found, 8), found, 8)
    assert isinstance(settled, SettleDecision)
    again = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.NOT_SENT, resend=True)
    ids = [decision.decision_id for decision in decide_request(with_request(state, again, 8), again, 8)]
    assert ids == [f"settle/{MESSAGE}/1", f"{MESSAGE}/1/1"]


def test_a_settlement_of_what_was_never_asked_decides_nothing() -> None:
    found = SettleRequest(message_id=MESSAGE, received_at=NOON, step=1, finding=Finding.SENT)
    assert decide_request(with_request(None, found, 1), found, 1) == []


def test_an_older_version_of_an_attempt_changes_nothing() -> None:
    state = with_attempt(None, attempt(Stage.DELIVERED, version=6))
    assert with_attempt(state, attempt(Stage.QUEUED, version=4)) is state
    assert state.under_way == []


@given(st.integers(min_value=0, max_value=300_000))
def test_the_next_round_is_the_first_one_later(seconds: int) -> None:
    after = NOON + timedelta(seconds=seconds)
    number = next_round(NOON, after, window=WINDOW)
    every = [n for n in range(1, 40) if due_at(NOON, n) > after and due_at(NOON, n) < NOON + WINDOW]
    assert number == (every[0] if every else None)


def test_an_attempt_is_asked_after_until_something_final_is_heard() -> None:
    state: MessageState = with_attempt(with_request(None, asked(), 7), attempt(Stage.QUEUED))
    brief = state.attempts["messente/leg-1"]
    due, number = next_poll(brief, NOON, window=WINDOW) or (NOON, 0)
    assert (due, number) == (NOON + timedelta(seconds=30), 1)
    assert decide_poll(state, brief.key, number, due - timedelta(seconds=1)) is None
    poll = decide_poll(state, brief.key, number, due)
    assert poll is not None
    assert (poll.decision_id, poll.decided_at) == ("poll/messente/leg-1/1", due)
    over = with_attempt(state, attempt(Stage.DELIVERED, version=8))
    assert decide_poll(over, brief.key, 1, due) is None
    assert next_poll(over.attempts[brief.key], due, window=WINDOW) is None
