"""When which message's plan asks for something: a heap of moments for each partition of this worker's.

A moment that has come is decided upon in three parts, so that a crash between any two of them loses nothing and repeats
only what has the same id:

1. What the state asks for by now is decided (``delivery.failover.decide``) and written to the decisions topic.
2. Kafka has it.
3. The state is marked with it, as it stands by then, in the store and the changelog, in the order of all its changes.

Until then the message is not looked at again. A worker that dies before the mark leaves a state that asks for the same
again, and its successor decides the same, under the same ids; whoever acts on decisions acts on the first of an id.

A message is timed anew whenever its state changes. What came of a step's time is decided only when everything that was
received by then has been taken in (``streams.deciding.hearing``): else a worker that catches up would give steps up
that have long arrived.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import NamedTuple

from msgspec import Struct, field

from delivery.choosing import Weigh
from delivery.decisions import Decision
from delivery.failover import decide, due_at
from delivery.message_states import MessageState, with_decisions
from delivery.moves import Due
from streams.deciding.states import decode_state, encode_state
from streams.store import PartitionStore, Value


class Fired(NamedTuple):
    """What a message asked for, and in which generation of the group it was decided."""

    partition: int
    generation: int
    message: bytes
    decisions: Sequence[Decision]


class _Moment(NamedTuple):
    at: datetime
    message: bytes


class _Partition(Struct):
    """``waiting`` has what each message waits for: other moments of it in the heaps are out of date."""

    by_clock: list[_Moment] = field(default_factory=list)
    by_hearing: list[_Moment] = field(default_factory=list)
    waiting: dict[bytes, Due] = field(default_factory=dict)
    under_way: set[bytes] = field(default_factory=set)


class Steps:
    """``weigh`` says what the choices of a step weigh by the health of their providers."""

    def __init__(self, store: PartitionStore, weigh: Weigh) -> None:
        self._store = store
        self._weigh = weigh
        self._partitions: dict[int, _Partition] = {}
        self._generation = -1
        self._acknowledged: list[Fired] = []

    @property
    def waiting(self) -> int:
        """How many messages wait for a moment."""
        return sum(len(its.waiting) for its in self._partitions.values())

    def keep_to(self, partitions: frozenset[int], generation: int, *, renewed: bool) -> None:
        """Time these; anew after a rebalance."""
        self._generation = generation
        if renewed:
            self._partitions = {}
        self._partitions = {number: self._partitions.get(number, _Partition()) for number in sorted(partitions)}

    def time(self, partition: int, message: bytes, state: MessageState | None) -> None:
        """A message's state has changed, or is read for the first time; those of other partitions are passed over."""
        its = self._partitions.get(partition)
        if its is None or message in its.under_way:
            return
        due = None if state is None else due_at(state)
        if due is None:
            its.waiting.pop(message, None)
            return
        due = due._replace(at=due.at.astimezone(UTC))
        if its.waiting.get(message) == due:
            return
        its.waiting[message] = due
        heappush(its.by_hearing if due.heard else its.by_clock, _Moment(due.at, message))

    def due(
        self, partition: int, read_until: datetime, heard_until: datetime, limit: int, now: datetime
    ) -> list[Fired]:
        """What up to ``limit`` messages ask for whose moment has come; they are under way until they are marked.

        Of what tells about messages everything has been read that was written until ``read_until``, and everything has
        been taken in that ingest had received until ``heard_until``.
        """
        its = self._partitions[partition]
        messages = _come(its, its.by_clock, read_until, limit, heard=False)
        messages += _come(its, its.by_hearing, heard_until, limit - len(messages), heard=True)
        if not messages:
            return []
        fired = []
        for message, value in zip(messages, self._store.read(partition, messages), strict=True):
            state = None if value is None else decode_state(value)
            decisions = [] if state is None else decide(state, now, self._weigh, heard_until)
            if decisions:
                its.under_way.add(message)
                fired.append(Fired(partition, self._generation, message, decisions))
            else:
                self.time(partition, message, state)
        return fired

    def acknowledged(self, fired: Sequence[Fired]) -> None:
        """Kafka has these decisions; their messages are to be marked."""
        self._acknowledged += fired

    @property
    def to_be_marked(self) -> list[int]:
        """The partitions with messages whose decisions are acknowledged, but for those of another worker by now."""
        self._acknowledged = [
            each
            for each in self._acknowledged
            if each.generation == self._generation and each.partition in self._partitions
        ]
        return sorted({each.partition for each in self._acknowledged})

    def marked(self, partition: int) -> list[tuple[bytes, Value]]:
        """What the table must hold now of a partition's messages whose decisions are acknowledged.

        It is to be stored without a pause, and then told by ``time``.
        """
        entries: list[tuple[bytes, Value]] = []
        its = self._partitions[partition]
        fired = [each for each in self._acknowledged if each.partition == partition]
        self._acknowledged = [each for each in self._acknowledged if each.partition != partition]
        for each, value in zip(fired, self._store.read(partition, [one.message for one in fired]), strict=True):
            its.under_way.discard(each.message)
            its.waiting.pop(each.message, None)
            if value is not None:
                entries.append((each.message, encode_state(with_decisions(decode_state(value), each.decisions))))
        return entries


def _come(its: _Partition, heap: list[_Moment], until: datetime, limit: int, *, heard: bool) -> list[bytes]:
    messages: list[bytes] = []
    while heap and heap[0].at <= until and len(messages) < limit:
        moment = heappop(heap)
        if its.waiting.get(moment.message) == Due(moment.at, heard):
            del its.waiting[moment.message]
            messages.append(moment.message)
    return messages
