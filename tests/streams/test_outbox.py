"""What waits is written together, in its order, and acknowledged when Kafka has all of it."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
from aiokafka import ConsumerRecord

from delivery.events import encode
from delivery.stages import Stage
from streams.config import TrackingTopics
from streams.outbox import RECORDS, Outbox
from streams.tracking import Tracker, Writer


async def failing(error: BaseException) -> None:
    raise AssertionError(error)


async def test_outbox_does_together_what_waits_for_the_same_work_in_order() -> None:
    done: list[tuple[str, list[int]]] = []
    gate = asyncio.Event()

    async def one(parts: Sequence[int]) -> None:
        await gate.wait()
        done.append(("one", list(parts)))

    async def other(parts: Sequence[int]) -> None:
        done.append(("other", list(parts)))

    outbox = Outbox(failing)
    for number, work in enumerate((one, one, other, one)):
        await outbox.room()
        outbox.put(work, number, 1)
    running = asyncio.ensure_future(outbox.run())
    gate.set()
    async with asyncio.timeout(60):
        await outbox.drain()
    assert done == [("one", [0, 1]), ("other", [2]), ("one", [3])]
    running.cancel()


async def test_outbox_bounds_the_records_that_wait() -> None:
    gate = asyncio.Event()
    done: list[int] = []

    async def work(parts: Sequence[int]) -> None:
        done.extend(parts)
        await gate.wait()

    outbox = Outbox(failing)
    outbox.put(work, 0, RECORDS - 1)
    outbox.put(work, 1, RECORDS)
    with pytest.raises(asyncio.QueueFull):
        outbox.put(work, 2, 1)
    waiting = asyncio.ensure_future(outbox.room())
    running = asyncio.ensure_future(outbox.run())
    async with asyncio.timeout(60):
        await waiting
    outbox.put(work, 2, 1)
    gate.set()
    async with asyncio.timeout(60):
        await outbox.drain()
    assert done == [0, 1, 2]
    running.cancel()


async def test_outbox_does_nothing_after_a_failure() -> None:
    done: list[str] = []
    failures: list[BaseException] = []

    async def failed(error: BaseException) -> None:
        failures.append(error)

    async def bad(_: Sequence[str]) -> None:
        raise OSError("Kafka said no")

    async def good(parts: Sequence[str]) -> None:
        done.extend(parts)

    outbox = Outbox(failed)
    outbox.put(bad, "before", 1)
    outbox.put(good, "after", 1)
    async with asyncio.timeout(60):
        await outbox.run()
    assert [str(failure) for failure in failures] == ["Kafka said no"]
    assert not done


class Producing:
    """Stands in for Kafka's producer."""

    def __init__(self) -> None:
        self.published: list[tuple[str, int, list[bytes]]] = []
        self.answers: list[asyncio.Future] = []

    async def publish(self, topic: str, partition: int, records) -> list:
        if not records:
            return []
        self.published.append((topic, partition, [key for key, _ in records]))
        self.answers.append(asyncio.get_running_loop().create_future())
        return [(self.answers[-1], len(records))]


class Storing:
    """Stands in for the store; knows nothing, and keeps the offsets that it is told."""

    def __init__(self) -> None:
        self.offsets: dict[int, int] = {}

    def read(self, _partition: int, keys: Sequence[bytes]) -> list[None]:
        return [None for _ in keys]

    def write(self, partition: int, _entries, offset: int | None = None) -> None:
        if offset is not None:
            self.offsets[partition] = offset


def batch(making, partition: int, offset: int, *numbers: int) -> SimpleNamespace:
    events = [making.status(number, 5, Stage.DELIVERED) for number in numbers]
    records = [
        ConsumerRecord("events", partition, offset + place, 0, 0, event.key.encode(), encode(event), None, 0, 0, ())
        for place, event in enumerate(events)
    ]
    return SimpleNamespace(value=records, message=SimpleNamespace(partition=partition))


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


async def test_batches_that_wait_together_are_written_together_and_acknowledged_after_all_of_it(making) -> None:
    producing, storing, outbox = Producing(), Storing(), Outbox(failing)
    topics = TrackingTopics(attempts_partitions=1)
    tracker = Tracker(storing, Writer(producing, topics), outbox)
    acknowledged: list[int] = []
    for place, taken in enumerate((batch(making, 0, 7, 3, 6), batch(making, 1, 1, 9), batch(making, 0, 9, 12))):
        tracker.take(taken, lambda place=place: acknowledged.append(place))
    running = asyncio.ensure_future(outbox.run())
    await until(lambda: len(producing.published) == 3)
    first, second, attempts = producing.published
    assert first == (topics.changelog, 0, [b"altiria/n3", b"altiria/n6", b"altiria/n12"])
    assert second == (topics.changelog, 1, [b"altiria/n9"])
    assert (*attempts[:2], len(attempts[2])) == (topics.attempts, 0, 4)

    *early, last = producing.answers
    for answer in early:
        answer.set_result(SimpleNamespace(offset=100))
    await until(lambda: len(storing.offsets) == 2)
    assert not acknowledged
    last.set_result(SimpleNamespace(offset=50))
    async with asyncio.timeout(60):
        await outbox.drain()
    assert acknowledged == [0, 1, 2]
    assert storing.offsets == {0: 102, 1: 100}
    running.cancel()
