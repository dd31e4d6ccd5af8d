"""Records wait for each other, for as long as they were told, and for their partition's batch that is under way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer.message_accumulator import BatchBuilder

from ingest.gathering import Gathering
from ingest.publisher import NotPublished, Record

BATCH_BYTES = 2_000
TOPIC = "events"


class Producing:
    """Stands in for aiokafka's producer; ``answers`` are what it was sent, for the test to answer."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, int, asyncio.Future]] = []
        self.trouble: Exception | None = None
        self.client = SimpleNamespace(cluster=SimpleNamespace(partitions_for_topic={TOPIC: {1, 0}}.get))

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES, 0)

    async def send_batch(self, batch: BatchBuilder, _topic: str, *, partition: int) -> asyncio.Future:
        if self.trouble:
            raise self.trouble
        self.answers.append((partition, batch.record_count(), asyncio.get_running_loop().create_future()))
        return self.answers[-1][2]


class Told:
    def __init__(self) -> None:
        self.errors: list[BaseException | None] = []

    def answered(self, error: BaseException | None) -> None:
        self.errors.append(error)


@pytest.fixture
def producing() -> Producing:
    return Producing()


@pytest.fixture
def failures() -> list[BaseException]:
    return []


@pytest.fixture
async def gathering(producing, failures) -> AsyncIterator[Gathering]:
    gathering = Gathering(producing, linger_seconds=0, failed=failures.append)
    yield gathering
    await gathering.stop()


def add(gathering: Gathering, told: Told, *keys: bytes, value: bytes = b"value") -> None:
    for key in keys:
        record = Record(TOPIC, key, value)
        gathering.add(gathering.place(record), record, told)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


async def test_what_came_together_is_one_batch_for_each_partition(gathering, producing):
    told = Told()
    add(gathering, told, *(b"%d" % number for number in range(20)))
    await until(lambda: len(producing.answers) == 2)
    assert {partition for partition, _, _ in producing.answers} == {0, 1}
    assert sum(count for _, count, _ in producing.answers) == 20
    for _, _, answer in producing.answers:
        answer.set_result(None)
    await until(lambda: len(told.errors) == 20)
    assert set(told.errors) == {None}


async def test_a_partition_has_one_batch_under_way_and_a_full_one_is_followed_by_another(gathering, producing):
    told = Told()
    add(gathering, told, *[b"same"] * 10, value=b"x" * 500)
    await until(lambda: len(producing.answers) == 1)
    add(gathering, told, b"same", value=b"x" * 500)
    sent = 0
    while sent < 11:
        await until(lambda sent=sent: sum(count for _, count, _ in producing.answers) > sent)
        _, count, answer = producing.answers[-1]
        assert count <= 3
        assert len(told.errors) == sent
        sent += count
        answer.set_result(None)
    await until(lambda: len(told.errors) == 11)


async def test_who_waits_and_who_watches_are_told_of_an_error(gathering, producing, failures):
    told = Told()
    add(gathering, told, b"refused")
    await until(lambda: len(producing.answers) == 1)
    refused = ValueError("no")
    producing.answers[0][2].set_exception(refused)
    await until(lambda: bool(told.errors))
    producing.trouble = KafkaConnectionError()
    add(gathering, told, b"not sent")
    await until(lambda: len(told.errors) == 2)
    assert told.errors == failures == [refused, producing.trouble]


async def test_a_topic_that_is_not_there_is_refused_at_once(gathering):
    with pytest.raises(NotPublished, match="nowhere"):
        gathering.place(Record("nowhere", b"key", b"value"))
