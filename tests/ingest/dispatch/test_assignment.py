"""What one member may take of its partitions, without a broker."""

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from ingest.dispatch.assignment import Assignment, DecisionsMissing
from ingest.dispatch.progress import Progress


class Taking:
    def __init__(self, position: int) -> None:
        self.progress = Progress(position)

    def take(self, record: SimpleNamespace) -> None:
        self.progress.begin(record.offset)


def assigned(position: int) -> Assignment:
    assignment = Assignment.__new__(Assignment)
    assignment._topic = "decisions"
    assignment._partitions = {3: Taking(position)}
    assignment._placed = False
    assignment._from_anywhere = set()
    return assignment


def records(*offsets: int) -> list[SimpleNamespace]:
    return [SimpleNamespace(offset=offset) for offset in offsets]


PLACE = TopicPartition("decisions", 3)


def test_it_reads_from_where_it_begins_whatever_was_fetched_before() -> None:
    """A fetch that was under way in a rebalance had moved the consumer on, and what it brought was nobody's."""
    sought: list[tuple[TopicPartition, int]] = []
    assignment = assigned(17)
    for _ in range(2):
        assignment.place(lambda place, offset: sought.append((place, offset)))
    assert sought == [(PLACE, 17)]


def test_what_does_not_follow_is_not_taken() -> None:
    assignment = assigned(17)
    assignment.take(PLACE, records(17, 18))
    with pytest.raises(DecisionsMissing, match="goes on at 25, due is 19"):
        assignment.take(PLACE, records(25))
    assert assignment._partitions[3].progress.low_water == 17


def test_where_nothing_was_committed_it_begins_anywhere_and_goes_on_from_there() -> None:
    assignment = assigned(0)
    assignment._from_anywhere = {3}
    assignment.take(PLACE, records(40))
    with pytest.raises(DecisionsMissing):
        assignment.take(PLACE, records(42))
