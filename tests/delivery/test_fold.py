"""The fold is a join: order and repetition change nothing, and nothing lesser hides what is greater."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import AttemptState, close, fold, join
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Precision, ProviderTime, Reply, Send, Source, Status, Zone
from delivery.number_types import NumberType
from delivery.reasons import Reason
from delivery.stages import CONCLUSIVE, FAILURES, PROGRESS, SUCCESSES, Stage
from delivery.standing import describe

BEGINNING = datetime(2026, 3, 28, 23, 59, 50, tzinfo=UTC)

moments = st.integers(min_value=0, max_value=40_000).map(lambda ms: BEGINNING + timedelta(milliseconds=ms))
claims = st.none() | st.builds(
    lambda at, zone, precision: ProviderTime(at=at, zone=zone, precision=precision, text=at.isoformat()),
    at=moments | moments.map(lambda at: at + timedelta(hours=2)),
    zone=st.sampled_from(Zone),
    precision=st.sampled_from(Precision),
)
common = {
    "provider": st.just("mensatek"),
    "ref": st.just("10573758:h0011223344556677"),
    "channel": st.sampled_from([Channel.SMS, Channel.VOICE]),
    "received_at": moments,
    "source": st.sampled_from(Source),
    "payload": st.just(Payload(sha256="00" * 32)),
    "personal": st.just(Personal(recipient="+34600000000", raw=b"{}", content_type="application/json")),
    "occurred": claims,
    "code": st.sampled_from(["1", "2", "11", "51", "9999"]),
    "message_id": st.sampled_from(
        [None, None, "0190f000-0000-7000-8000-000000000001", "0190f000-0000-7000-8000-000000000002"]
    ),
    "reference": st.sampled_from([None, "order-1", "order-2"]),
    "country": st.sampled_from([None, "ES", "CO"]),
    "number_type": st.sampled_from([None, *NumberType]),
    "carrier": st.sampled_from([None, "Vodafone", "A. Telecom"]),
}


def conclusive_as_the_tables_say(event: Event) -> bool:
    return isinstance(event, Reply) or event.final == (event.stage in CONCLUSIVE)


sends = st.builds(
    Send,
    **common,
    stage=st.sampled_from([Stage.SCHEDULED, Stage.QUEUED, Stage.SENT, Stage.REJECTED]),
    reason=st.none() | st.sampled_from(Reason),
    final=st.booleans(),
    scheduled_for=st.none() | moments,
    expected_cost=st.sampled_from([None, Decimal("0.05"), Decimal("0.050"), Decimal(7)]),
).filter(conclusive_as_the_tables_say)
statuses = st.builds(
    Status,
    **common,
    stage=st.sampled_from(Stage),
    reason=st.none() | st.sampled_from(Reason),
    final=st.booleans(),
    timed=st.booleans(),
    elapsed_seconds=st.none() | st.floats(min_value=0, max_value=90_000),
).filter(conclusive_as_the_tables_say)
replies = st.builds(Reply, **common, answers_attempt=st.just(True), reply_id=st.sampled_from(["", "7", "8"]))
events = st.one_of(sends, statuses, replies)
histories = st.lists(events, min_size=1, max_size=8)


def folded(history: list[Event]) -> AttemptState:
    state: AttemptState | None = None
    for event in history:
        state = fold(state, event)
    assert state is not None
    return state


def rank(stage: Stage) -> int:
    """How much a stage says: any success more than any failure, that more than any progress."""
    if stage in SUCCESSES:
        return 100 + PROGRESS.index(stage)
    if stage in FAILURES:
        return 50
    return PROGRESS.index(stage) if stage in PROGRESS else -1


@given(st.data())
def test_any_order_and_repetition_of_a_history_gives_the_same_state(data: st.DataObject) -> None:
    history = data.draw(histories)
    shuffled = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=5))))
    assert folded(list(shuffled)) == folded(history)
    assert describe(folded(list(shuffled)), version=1, month="2026-03") == describe(
        folded(history), version=1, month="2026-03"
    )


@given(histories, histories, histories)
def test_states_join_as_their_events_would_have(one: list[Event], two: list[Event], three: list[Event]) -> None:
    """What was put away and begun anew joins to what it would have been, however the parts are cut."""
    whole = folded(one + two + three)
    assert join(join(folded(one), folded(two)), folded(three)) == whole
    assert join(folded(one), join(folded(two), folded(three))) == whole
    assert join(folded(two), folded(one)) == folded(one + two)


@given(histories)
def test_what_is_known_already_leaves_the_very_same_state(history: list[Event]) -> None:
    state = folded(history)
    assert all(fold(state, event) is state for event in history)


@given(histories, events, st.booleans())
def test_nothing_lesser_hides_what_is_greater(history: list[Event], late: Event, closed: bool) -> None:
    state = folded(history)
    before = describe(state, version=1, month="2026-03")
    after = describe(fold(state, late), version=2, month="2026-03")
    assert rank(after.stage) >= rank(before.stage)
    assert after.final or not before.final
    assert set(before.times) <= set(after.times)
    if closed and before.final:
        assert describe(close(state, BEGINNING), version=1, month="2026-03").stage is before.stage


@given(histories)
def test_closing_ends_the_waiting_and_a_late_receipt_still_counts(history: list[Event]) -> None:
    closed = close(folded(history), BEGINNING + timedelta(hours=72))
    standing = describe(closed, version=1, month="2026-03")
    assert standing.final
    assert standing.closed_at == BEGINNING + timedelta(hours=72)
    if standing.stage is Stage.UNKNOWN and standing.reason is not None:
        delivered = Status(
            provider="mensatek",
            ref="10573758:h0011223344556677",
            channel=Channel.SMS,
            received_at=BEGINNING + timedelta(hours=80),
            source=Source.WEBHOOK,
            payload=Payload(sha256="11" * 32),
            personal=Personal(),
            stage=Stage.DELIVERED,
            final=True,
            code="11",
        )
        assert describe(fold(closed, delivered), version=2, month="2026-03").stage is Stage.DELIVERED


@given(histories)
def test_what_an_attempt_is_agrees_with_its_facts(history: list[Event]) -> None:
    state = folded(history)
    standing = describe(state, version=1, month="2026-03")
    stages = {event.stage for event in history if not isinstance(event, Reply)}
    assert set(standing.times) == stages
    if stages & SUCCESSES:
        assert standing.stage in SUCCESSES
        assert {c.stage for c in standing.contradictions} <= stages & FAILURES
        assert standing.revised == (len(standing.contradictions) < len(stages & FAILURES))
    elif stages & FAILURES:
        assert standing.stage in FAILURES
        assert not standing.revised
    if standing.delivery_seconds is not None:
        assert standing.delivery_seconds >= 0
        assert standing.clock is not None
        assert Stage.DELIVERED in stages
    assert standing.opened_at == min(event.received_at for event in history)
    claimed = {event.message_id for event in history if event.message_id}
    assert standing.message_id in (claimed or {standing.derived_message_id})
