"""However requests and attempts are cut into batches, interleaved and read again, the same is decided."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from delivery.channels import Channel
from delivery.decisions import CancelDecision
from delivery.identities import attempt_key, derived_message_id
from delivery.message_states import MessageState
from delivery.requests import Finding, encode_request
from delivery.stages import Stage
from delivery.standing import Alias, Attempt, encode_record
from streams.deciding.batches import Decided, decide_attempts, decide_requests
from streams.deciding.states import MessagesTable, decode_state, encode_state

POLLED = {"messente": frozenset({Channel.SMS})}
WITHDRAWABLE = (Stage.SCHEDULED, Stage.QUEUED)


def record(key: str, value: bytes, offset: int) -> ConsumerRecord:
    return ConsumerRecord("topic", 3, offset, 1_700_000_000_000, 0, key.encode(), value, None, 0, 0, ())


def requests(told: Sequence, first: int = 0) -> list[ConsumerRecord]:
    return [record(each.message_id, encode_request(each), first + place) for place, each in enumerate(told)]


def attempts(told: Sequence) -> list[ConsumerRecord]:
    keyed = [(each.message_id if isinstance(each, Attempt) else each.retired, each) for each in told]
    return [record(key, encode_record(each), place) for place, (key, each) in enumerate(keyed)]


@dataclass
class Memory:
    """A store as the worker has one, encoding included."""

    values: dict[bytes, bytes] = field(default_factory=dict)

    def requests(self, batch: Sequence[ConsumerRecord]) -> Decided:
        return self._keep(decide_requests(batch, self._load))

    def attempts(self, batch: Sequence[ConsumerRecord]) -> Decided:
        return self._keep(decide_attempts(batch, self._load, POLLED))

    def state(self, message_id: str) -> MessageState | None:
        value = self.values.get(message_id.encode())
        return None if value is None else decode_state(value)

    def _keep(self, decided: Decided) -> Decided:
        for key, state in decided.written.items():
            if state is None:
                self.values.pop(key, None)
            else:
                self.values[key] = encode_state(state)
        return decided

    def _load(self, keys: Sequence[bytes]) -> list[MessageState | None]:
        return [decode_state(self.values[key]) if key in self.values else None for key in keys]


def ids(decided: Decided) -> list[str]:
    return [decision.decision_id for decision in decided.decisions]


# --- the whole of it, by chance

REQUESTS = st.lists(st.tuples(st.integers(1, 2), st.sampled_from("mcsn")), min_size=1, max_size=8)
STAGES = st.sampled_from([Stage.SCHEDULED, Stage.QUEUED, Stage.SENT, Stage.DELIVERED])
ATTEMPTS = st.lists(st.tuples(st.integers(1, 2), STAGES), max_size=8)


@st.composite
def readings(draw: st.DrawFn) -> tuple[list, list, list[tuple[str, int, int]]]:
    """Requests, attempts, and batches of either in the order in which they are read: which, from where, to where."""
    told, attempted = draw(REQUESTS), draw(ATTEMPTS)
    cuts = {"r": _cut(draw, len(told)), "a": _cut(draw, len(attempted))}
    order = draw(st.permutations(["r"] * len(cuts["r"]) + ["a"] * len(cuts["a"])))
    batches = [(which, *cuts[which].pop(0)) for which in order]
    return told, attempted, batches


def _cut(draw: st.DrawFn, length: int) -> list[tuple[int, int]]:
    places = sorted({0, length, *draw(st.lists(st.integers(0, length), max_size=3))})
    return list(itertools.pairwise(places))


def made(asking, told: list, attempted: list) -> tuple[list[ConsumerRecord], list[ConsumerRecord]]:
    make = {
        "m": asking.asked,
        "c": asking.cancelled,
        "s": asking.settled,
        "n": lambda number: asking.settled(number, Finding.NOT_SENT),
    }
    asked = [make[what](number) for number, what in told]
    stood = [asking.attempt(number, stage, 2 * place + 2) for place, (number, stage) in enumerate(attempted)]
    return requests(asked), attempts(stood)


def read(memory: Memory, batch: tuple[str, int, int], told: list, attempted: list) -> Decided:
    which, begin, end = batch
    return memory.requests(told[begin:end]) if which == "r" else memory.attempts(attempted[begin:end])


@given(readings())
def test_however_they_are_cut_and_interleaved_the_same_is_sent(asking_class, case) -> None:
    told, attempted = made(asking_class(), *case[:2])
    cut = Memory()
    in_parts = {each for batch in case[2] for each in ids(read(cut, batch, told, attempted))}
    for number in (1, 2):
        message = asking_class.message(number)
        sent = {each for each in in_parts if each.startswith(message)}
        assert (f"{message}/1" in sent) == ((number, "m") in case[0])
        assert sent <= {f"{message}/1", f"{message}/1/1"}
        if (state := cut.state(message)) and state.cancel_requested_at:
            withdrawable = {b for b in state.under_way if b.stage in WITHDRAWABLE}
            assert {f"cancel/{each.key}" for each in withdrawable} <= in_parts


@given(readings(), st.data())
def test_what_a_worker_that_died_had_not_said_is_said_by_its_successor(asking_class, case, data) -> None:
    told, attempted = made(asking_class(), *case[:2])
    batches = case[2]
    undisturbed = Memory()
    expected = {d.decision_id: d for batch in batches for d in read(undisturbed, batch, told, attempted).decisions}

    memory, said, committed = Memory(), {}, Memory()
    died = data.draw(st.integers(0, len(batches)))
    last_committed = data.draw(st.integers(0, died))
    for place, batch in enumerate(batches[:died]):
        decided = read(memory, batch, told, attempted)
        if place < last_committed:
            said |= {decision.decision_id: decision for decision in decided.decisions}
            committed = Memory(dict(memory.values))
    successor = memory if data.draw(st.booleans()) else committed
    for batch in batches[last_committed:]:
        said |= {d.decision_id: d for d in read(successor, batch, told, attempted).decisions}

    for number in (1, 2):
        message = asking_class.message(number)
        assert _as_known(successor.state(message), undisturbed.state(message)) == undisturbed.state(message)
    assert said.keys() <= expected.keys()
    # Of whom a withdrawal is about may be known by then.
    assert all(each == expected[name] for name, each in said.items() if not isinstance(each, CancelDecision))
    lost = expected.keys() - said.keys()
    for number in (1, 2):
        state = successor.state(asking_class.message(number))
        known = state.attempts if state else {}
        no_longer = {f"cancel/{key}" for key, brief in known.items() if brief.stage not in WITHDRAWABLE}
        if known:
            # What was not sent by what a person knew then has been: see delivery.failover.
            no_longer |= {
                f"{kind}{asking_class.message(number)}/1{tries}" for kind, tries in (("settle/", ""), ("", "/1"))
            }
        lost -= no_longer
    assert not lost


def _as_known(state: MessageState | None, undisturbed: MessageState | None) -> MessageState | None:
    """Without attempts that were at their end when they were read before anybody had asked: of these nothing is kept,
    unless they are read again after the request, as by who goes on for a worker that died.
    """
    if state is None or undisturbed is None:
        return state
    known = {key: each for key, each in state.attempts.items() if key in undisturbed.attempts or not each.final}
    return msgspec.structs.replace(state, attempts=known)


# --- what is kept, and what is not


def test_what_nobody_asked_for_is_kept_only_while_it_may_be_asked_after(asking) -> None:
    memory = Memory()
    passed_over = [
        asking.attempt(1, Stage.SENT, 2, sent=False, claimed=False),
        asking.attempt(2, Stage.SENT, 2, provider="altiria"),
        asking.attempt(3, Stage.DELIVERED, 2, provider="altiria"),
    ]
    decided = memory.attempts(attempts(passed_over))
    assert (decided.kinds, decided.written) == ({"passed_over": 3}, {})

    reported = asking.attempt(4, Stage.QUEUED, 2, claimed=False)
    decided = memory.attempts(attempts([reported, asking.attempt(5, Stage.SENT, 2)]))
    assert decided.kinds == {"followed": 2}
    assert [brief.ref for _, brief in decided.opened] == ["r4", "r5"]
    assert memory.attempts(attempts([reported])).opened == []

    memory.attempts(attempts([asking.attempt(4, Stage.DELIVERED, 4, claimed=False), asking.attempt(5, Stage.SEEN, 4)]))
    assert not memory.values


def test_what_was_asked_for_is_kept_when_it_is_over(asking) -> None:
    memory = Memory()
    memory.requests(requests([asking.asked(1)]))
    memory.attempts(attempts([asking.attempt(1, Stage.DELIVERED, 2, provider="altiria")]))
    state = memory.state(asking.message(1))
    assert state is not None
    assert list(state.attempts) == ["altiria/r1"]
    assert memory.requests(requests([asking.asked(1)], first=9)).decisions == []


def test_an_attempt_that_another_message_claims_leaves_the_one_it_was_tracked_under(asking) -> None:
    memory = Memory()
    before = asking.attempt(1, Stage.SENT, 2, claimed=False)
    retired = derived_message_id(attempt_key("messente", "r1"))
    assert before.message_id == retired
    alias = Alias(retired=retired, message_id=asking.message(1), provider="messente", ref="r1", version=4)
    memory.attempts(attempts([before]))
    assert memory.state(retired) is not None
    for _ in range(2):
        assert memory.attempts(attempts([alias])).written == {retired.encode(): None}
    assert not memory.values


def test_cancelling_what_is_not_known_yet_withdraws_it_when_it_shows_itself(asking) -> None:
    memory = Memory()
    assert ids(memory.requests(requests([asking.cancelled(1)]))) == []
    assert ids(memory.attempts(attempts([asking.attempt(1, Stage.SCHEDULED, 2, provider="altiria")]))) == [
        "cancel/altiria/r1"
    ]


def test_a_settlement_of_what_nobody_asked_for_is_nothing(asking) -> None:
    decided = Memory().requests(requests([asking.settled(1)]))
    assert (decided.written, decided.decisions) == ({}, [])


def test_what_is_neither_is_set_aside_and_the_rest_goes_on(asking) -> None:
    asked = asking.asked(1)
    batch = [record("x", b"{", 1), record("other", encode_request(asked), 2), *requests([asked], first=3)]
    decided = Memory().requests(batch)
    assert [item.path for item in decided.poison] == ["topic/3/1", "topic/3/2"]
    assert len(decided.decisions) == 1
    stood = Memory().attempts([record("x", b"[]", 1), *attempts([asking.attempt(1, Stage.SENT, 2)])])
    assert (len(stood.poison), len(stood.written)) == (1, 1)


def test_recovery_joins_what_two_workers_knew_of_a_message(asking) -> None:
    one, other = Memory(), Memory()
    one.requests(requests([asking.asked(1)]))
    other.values.update(one.values)
    one.requests(requests([asking.cancelled(1)], first=1))
    other.attempts(attempts([asking.attempt(1, Stage.SENT, 4)]))
    [key] = one.values
    table = MessagesTable.__new__(MessagesTable)
    joined = decode_state(table.joined(one.values[key], other.values[key]))
    assert joined.cancel_requested_at is not None
    assert joined.attempts["messente/r1"].stage is Stage.SENT
    assert table.joined(one.values[key], one.values[key]) is one.values[key]
