"""When which attempt is to be asked after: a heap of moments for each partition of this worker's.

The heaps are in memory alone. They are made from the table when partitions are assigned (see ``timetable``), and kept
by what the agent tells of attempts that are new. A timer only decides: it changes no state, and whether an attempt is
still to be asked after is read from the table when its moment has come.

A worker that ends may have decided a round and not written it; one that takes over therefore decides those again that
were due lately. Earlier ones that nobody decided while no worker ran are passed over: the next round comes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Final, NamedTuple

from msgspec import Struct, field

from delivery.briefs import AttemptBrief
from delivery.decisions import PollDecision
from delivery.failover import decide_poll, next_poll
from delivery.message_states import MessageState
from delivery.polling import Schedule
from streams.deciding.batches import NO_CHANNELS, Polled
from streams.deciding.states import decode_state
from streams.store import PartitionStore

LATELY: Final = timedelta(minutes=2)
FIRST_ROUND: Final = 1


class _Round(NamedTuple):
    due: datetime
    attempt: str
    message: bytes
    number: int


class _Partition(Struct):
    """``numbers`` has the round that each attempt waits for."""

    heap: list[_Round] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)


class Polls:
    """``window`` is how long an attempt is waited for."""

    def __init__(self, store: PartitionStore, *, schedule: Schedule, window: timedelta, polled: Polled) -> None:
        self._store = store
        self._schedule = schedule
        self._window = window
        self._polled = polled
        self._partitions: dict[int, _Partition] = {}

    @property
    def waiting(self) -> int:
        """How many attempts wait for their next round."""
        return sum(len(its.numbers) for its in self._partitions.values())

    def keep_to(self, partitions: frozenset[int], *, renewed: bool) -> None:
        """Time these; anew after a rebalance."""
        if renewed:
            self._partitions = {}
        self._partitions = {number: self._partitions.get(number, _Partition()) for number in sorted(partitions)}

    def open(self, partition: int, opened: Sequence[tuple[bytes, AttemptBrief]]) -> None:
        """Time attempts that are heard of for the first time; those of other partitions are found by who has them."""
        its = self._partitions.get(partition)
        if its is None:
            return
        for message, brief in opened:
            due = self._schedule.due_at(brief.opened_at, FIRST_ROUND)
            _wait(its, _Round(due.astimezone(UTC), brief.key, message, FIRST_ROUND))

    def due(self, partition: int, now: datetime, limit: int) -> list[PollDecision]:
        """Up to ``limit`` rounds whose moment has come; each attempt then waits for its next one."""
        its = self._partitions[partition]
        rounds: list[_Round] = []
        while its.heap and its.heap[0].due <= now and len(rounds) < limit:
            round_ = heappop(its.heap)
            if its.numbers.get(round_.attempt) == round_.number:
                del its.numbers[round_.attempt]
                rounds.append(round_)
        return self._decided(partition, its, rounds, now) if rounds else []

    def _decided(self, partition: int, its: _Partition, rounds: Sequence[_Round], now: datetime) -> list[PollDecision]:
        decisions = []
        values = self._store.read(partition, [each.message for each in rounds])
        for each, value in zip(rounds, values, strict=True):
            state = None if value is None else decode_state(value)
            decision = state and decide_poll(state, each.attempt, each.number, now, self._schedule)
            if state and decision:
                decisions.append(decision)
                self._wait_for_next(its, each.message, state.attempts[each.attempt], now)
        return decisions

    def time(self, partition: int, message: bytes, state: MessageState, now: datetime) -> None:
        """A message of a partition that was just assigned: its attempts wait for the rounds that were due lately."""
        its = self._partitions[partition]
        for brief in state.under_way:
            if brief.key not in its.numbers and brief.channel in self._polled.get(brief.provider, NO_CHANNELS):
                self._wait_for_next(its, message, brief, now - LATELY)

    def _wait_for_next(self, its: _Partition, message: bytes, brief: AttemptBrief, after: datetime) -> None:
        following = next_poll(brief, after, window=self._window, schedule=self._schedule)
        if following:
            due, number = following
            _wait(its, _Round(due.astimezone(UTC), brief.key, message, number))


def _wait(its: _Partition, round_: _Round) -> None:
    its.numbers[round_.attempt] = round_.number
    heappush(its.heap, round_)
