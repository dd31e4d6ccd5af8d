"""What is said of a message's end is enough to tell its caller of it."""

from datetime import UTC, datetime, timedelta

from delivery.briefs import AttemptBrief
from delivery.channels import Channel
from delivery.decisions import EndDecision, Why
from delivery.failover import decide
from delivery.message_states import MessageState, with_attempt, with_request
from delivery.orders import Order, OrderPersonal
from delivery.requests import MessageRequest
from delivery.stages import Stage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MESSAGE = "01960000-0000-7000-8000-000000000001"


def ended(stage: Stage) -> EndDecision:
    order = Order(
        provider="messente", channel=Channel.SMS, personal=OrderPersonal(to="+34600000000"), reference="order-17"
    )
    state = with_request(None, MessageRequest(message_id=MESSAGE, received_at=NOON, order=order), 7)
    brief = AttemptBrief(
        provider="messente",
        ref="r-1",
        channel=Channel.SMS,
        stage=stage,
        final=True,
        opened_at=NOON,
        updated_at=NOON + timedelta(seconds=5),
        version=2,
        step=1,
    )
    known: MessageState = with_attempt(state, MESSAGE, brief)
    [decision] = decide(known, NOON + timedelta(minutes=1), lambda choices: [1] * len(choices))
    assert isinstance(decision, EndDecision)
    return decision


def test_an_end_names_the_callers_reference_the_recipient_and_the_attempts_that_it_rests_on() -> None:
    ends = {Stage.DELIVERED: Why.SUCCEEDED, Stage.UNKNOWN: Why.NO_RECEIPT, Stage.EXPIRED: Why.EXHAUSTED}
    for stage, why in ends.items():
        decision = ended(stage)
        assert (decision.why, decision.reference, decision.recipient) == (why, "order-17", "+34600000000")
        assert decision.grounds is not None
        assert [(seen.provider, seen.ref, seen.stage) for seen in decision.grounds.seen] == [("messente", "r-1", stage)]
