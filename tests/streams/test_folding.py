"""However the same records are cut into batches, and however often they are read, the same is told."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import fold
from delivery.channels import Channel
from delivery.events import Event, Payload, Personal, Reply, Source, encode
from delivery.identities import attempt_key, derived_message_id
from delivery.stages import Stage
from delivery.standing import Alias, Attempt
from delivery.windows import opened_by
from streams.folding import Folded, fold_batch
from streams.states import Tracked, decode_tracked, encode_tracked


def records(events: Sequence[Event], first: int = 10) -> list[ConsumerRecord]:
    return [record(event.key.encode(), encode(event), first + place) for place, event in enumerate(events)]


def record(key: bytes | None, value: bytes | None, offset: int) -> ConsumerRecord:
    return ConsumerRecord("events", 3, offset, 1_700_000_000_000, 0, key, value, None, 0, 0, ())


class Memory:
    """A store as the worker has one, encoding included."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def fold(self, batch: Sequence[ConsumerRecord]) -> Folded:
        folded = fold_batch(batch, self._load)
        self.values.update((key, encode_tracked(tracked)) for key, tracked in folded.written.items())
        return folded

    def _load(self, keys: Sequence[bytes]) -> list[Tracked | None]:
        return [decode_tracked(self.values[key]) if key in self.values else None for key in keys]


def told(folded: Folded) -> dict[tuple[str, str, int], object]:
    return {(type(item).__name__, item.ref, item.version): item for item in folded.records}


@st.composite
def cut_histories(draw: st.DrawFn) -> tuple[list[tuple[int, str]], list[int]]:
    steps = draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abcd")), min_size=1, max_size=12))
    cuts = draw(st.lists(st.integers(0, len(steps)), max_size=4))
    return steps, sorted({0, *cuts, len(steps)})


@given(cut_histories())
def test_cuts_change_neither_states_nor_what_a_version_says(making_class, case) -> None:
    steps, cuts = case
    batch = records([step(making_class(), number, what) for number, what in steps])
    whole, parts = Memory(), Memory()
    at_once = told(whole.fold(batch))
    in_parts = {}
    for begin, end in itertools.pairwise(cuts):
        in_parts |= told(parts.fold(batch[begin:end]))
    assert parts.values == whole.values
    assert at_once.items() <= in_parts.items()


@given(cut_histories())
def test_reading_again_tells_the_last_of_each_again_and_changes_nothing(making_class, case) -> None:
    steps, cuts = case
    batch = records([step(making_class(), number, what) for number, what in steps])
    memory = Memory()
    last = told(memory.fold(batch))
    before = dict(memory.values)
    again = {}
    for begin, end in itertools.pairwise(cuts):
        again |= told(memory.fold(batch[begin:end]))
    assert memory.values == before
    assert again == last


def step(making, number: int, what: str) -> Event:
    return {
        "a": lambda: making.send(number, 0, message_id=str(uuid.UUID(int=number))),
        "b": lambda: making.status(number, 1, Stage.SENT),
        "c": lambda: making.status(number, 5, Stage.DELIVERED),
        "d": lambda: making.status(number, 9, Stage.UNDELIVERED),
    }[what]()


def test_repetition_under_a_new_offset_is_silent(making) -> None:
    memory = Memory()
    memory.fold(records(making.history(1)))
    folded = memory.fold(records(making.history(1), first=20))
    assert not folded.written
    assert not folded.records


def test_state_is_the_pure_fold_and_version_that_of_the_last_change(making) -> None:
    folded = Memory().fold(records([*making.history(1), *making.history(1)]))
    state = None
    for event in making.history(1):
        state = fold(state, event)
    attempt = folded.records[0]
    assert isinstance(attempt, Attempt)
    assert (attempt.state, attempt.version, attempt.month) == (state, 2 * 12, "2024-05")


def test_a_claim_retires_the_derived_id_also_within_one_batch(making) -> None:
    folded = Memory().fold(records([making.status(1, 1, Stage.SENT), making.send(1, 0, message_id="ours")]))
    alias = folded.records[1]
    assert isinstance(alias, Alias)
    assert (alias.retired, alias.message_id) == (derived_message_id(attempt_key("mensatek", "n1")), "ours")


def test_what_is_no_event_is_set_aside_and_the_rest_goes_on(making) -> None:
    good = making.status(1, 1, Stage.SENT)
    long = msgspec.structs.replace(making.status(2, 1, Stage.SENT), code="x" * 9000)
    batch = [
        record(b"altiria/x", b"{", 1),
        record(b"altiria/x", None, 2),
        record(None, encode(good), 3),
        record(b"mensatek/other", encode(good), 4),
        record(long.key.encode(), encode(long), 5),
        record(good.key.encode(), encode(good), 6),
    ]
    folded = Memory().fold(batch)
    assert [item.provider for item in folded.poison] == ["altiria", "altiria", "unknown", "mensatek", "messente"]
    assert [item.path for item in folded.poison] == [f"events/3/{offset}" for offset in range(1, 6)]
    assert [item.unparsed_id for item in Memory().fold(batch).poison] == [item.unparsed_id for item in folded.poison]
    assert len(folded.records) == 1


def test_counts_kinds_and_unknown_stages(making) -> None:
    folded = Memory().fold(
        records([making.send(1), making.status(1, 1, Stage.UNKNOWN), making.status(1, 1, Stage.UNKNOWN)])
    )
    assert folded.kinds == {("mensatek", "send"): 1, ("mensatek", "status"): 2}
    assert folded.unknown == {"mensatek": 2}


def test_people_who_write_open_windows_also_where_they_answer_nothing() -> None:
    def reply(ref: str, minute: int, **changes: object) -> Reply:
        written = Reply(
            provider="ainumber",
            ref=ref,
            channel=Channel.WHATSAPP,
            received_at=datetime(2026, 3, 1, 12, minute, tzinfo=UTC),
            source=Source.WEBHOOK,
            payload=Payload(sha256="0" * 64),
            personal=Personal(sender="+34600000001"),
        )
        return msgspec.structs.replace(written, event_id="", **changes)

    later, earlier = reply("r2", 20), reply("r1", 10, answers_attempt=True)
    by_sms = reply("r3", 30, channel=Channel.SMS)
    memory = Memory()
    folded = memory.fold(records([later, earlier, by_sms]))
    assert folded.windows == [opened_by(later)]
    assert memory.fold(records([later, earlier, by_sms])).windows == folded.windows
