"""The worker's smaller parts, each without a broker."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from aiokafka.partitioner import murmur2 as reference
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from delivery.attempts import fold
from delivery.stages import Stage
from streams import stopping
from streams.app import create_app
from streams.closing import Closing, closed, deadline
from streams.config import TrackingConfig
from streams.outbox import Outbox
from streams.partitioner import murmur2, partition_for
from streams.states import Tracked, encode_tracked, version_of
from streams.table import AttemptsTable
from streams.transport import BatchConsumer, Fetched
from streams.watchdog import Stalled, Watchdog

WINDOW = timedelta(hours=72)


@given(st.binary(max_size=400))
def test_partitions_are_kafkas(key: bytes) -> None:
    assert murmur2(key) == reference(key)
    assert partition_for(key, 8) == (reference(key) & 0x7FFFFFFF) % 8


class Fetching:
    """Stands in for the thread that fetches."""

    def __init__(self, fetched: Fetched) -> None:
        self.fetched = fetched

    async def getmany(self, *_: object) -> Fetched:
        return self.fetched


def consumer(fetched: dict | None = None, generation: int = 4, *, fetched_in: int = 4) -> BatchConsumer:
    consumer = BatchConsumer.__new__(BatchConsumer)
    consumer._completed = {}
    consumer._n_acked = 0
    consumer._acked, consumer._acked_index, consumer._committed_offset = {}, {}, {}
    consumer._thread = Fetching(Fetched(fetched_in, fetched or {}))
    consumer.app = SimpleNamespace(consumer_generation_id=generation)
    return consumer


def kafka_record(partition: int, offset: int) -> SimpleNamespace:
    return SimpleNamespace(topic="events", partition=partition, offset=offset, timestamp=5000, timestamp_type=0)


async def test_what_was_fetched_before_the_flow_is_resumed_is_not_dropped(tmp_path) -> None:
    """Else a partition stood still until its next event: what Faust had dropped was never fetched again."""
    app = create_app(TrackingConfig(bootstrap_servers="nowhere:1", data_dir=tmp_path, instance_id="one"))
    queue = app.topic("events", internal=False).queue
    queue.put_nowait("a batch")
    app.flow_control.resume()
    assert queue.qsize() == 1


def test_a_batch_that_was_fetched_again_takes_no_progress_back() -> None:
    read = consumer()
    for last in (8, 5):
        read.complete(SimpleNamespace(tp=TP("events", 1), offset=last, generation_id=4))
    assert read._new_offset(TP("events", 1)) == 9


async def test_what_was_fetched_of_a_partition_is_one_message() -> None:
    one, two = TP("events", 1), TP("changelog", 2)
    fetched = {one: [kafka_record(1, 7), kafka_record(1, 8)], two: [kafka_record(2, 1)], TP("events", 3): []}
    batches = await consumer(fetched)._getmany(None, 1.0)
    assert {tp: len(messages) for tp, messages in batches.items()} == {one: 1, two: 1}
    message = consumer()._to_message(one, batches[one][0])
    assert (message.tp, message.offset, message.timestamp, message.generation_id) == (one, 8, 5.0, 4)
    assert message.value == fetched[one]


async def test_what_was_fetched_before_a_rebalance_is_left_to_whoever_reads_on() -> None:
    """Stamped with the new generation, it would seem to follow what is committed with something left out."""
    fetched = {TP("events", 1): [kafka_record(1, 7)]}
    assert await consumer(fetched, generation=5, fetched_in=4)._getmany(None, 1.0) == {}


def test_only_completed_batches_of_this_generation_are_committed() -> None:
    reading = consumer(generation=4)
    tp = TP("events", 1)
    old = SimpleNamespace(tp=tp, offset=90, generation_id=3)
    new = SimpleNamespace(tp=tp, offset=40, generation_id=4)
    reading.complete(old)
    assert reading._new_offset(tp) is None
    reading.complete(new)
    assert (list(reading._filter_tps_with_pending_acks()), reading._new_offset(tp)) == ([tp], 41)


async def failing(error: BaseException) -> None:
    raise AssertionError(error)


def test_watchdog_ends_what_is_busy_and_gets_nowhere() -> None:
    watchdog = Watchdog(timeout=10)
    watchdog.observe(0, busy=True, progress=(1,))
    watchdog.observe(9, busy=True, progress=(1,))
    watchdog.observe(11, busy=True, progress=(2,))
    watchdog.observe(20, busy=False, progress=(2,))
    watchdog.observe(30, busy=True, progress=(2,))
    with pytest.raises(Stalled, match="no progress for 11 s"):
        watchdog.observe(31, busy=True, progress=(2,))


class Stored:
    """Stands in for the store of one partition."""

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self.values = values
        self.offset: int | None = None

    def read(self, _partition: int, keys: list[bytes]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    def write(self, _partition: int, entries, offset: int | None = None) -> None:
        for key, value in entries:
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value
        self.offset = offset if offset is not None else self.offset

    def scan(self, _partition: int, after: bytes | None, limit: int) -> list[tuple[bytes, bytes]]:
        return [entry for entry in sorted(self.values.items()) if after is None or entry[0] > after][:limit]


def tracked(making, number: int = 1, version: int = 8) -> Tracked:
    state = fold(fold(None, making.send(number, 0)), making.status(number, 60, Stage.SENT))
    return Tracked(version, "2024-05", 0, state)


def test_recovery_keeps_the_greater_version_and_obeys_deletions(making) -> None:
    older, newer = encode_tracked(tracked(making, version=4)), encode_tracked(tracked(making, version=8))
    assert version_of(newer) == 8
    table = AttemptsTable.__new__(AttemptsTable)
    table._data = stored = Stored({b"kept": newer, b"gone": newer, b"advanced": older})
    written = [(b"kept", older), (b"gone", None), (b"advanced", newer), (b"again", newer), (b"again", older)]
    records = [SimpleNamespace(key=key, value=value) for key, value in written]
    message = SimpleNamespace(tp=TP("changelog", 1), partition=1, value=records, offset=99)
    table.apply_changelog_batch([SimpleNamespace(message=message)])
    assert stored.values == {b"kept": newer, b"advanced": newer, b"again": newer}
    assert stored.offset == 99


def test_the_window_runs_from_the_latest_receipt_or_the_time_it_was_scheduled_for(making) -> None:
    state = tracked(making).state
    assert deadline(state, WINDOW) == making.began + timedelta(seconds=60) + WINDOW
    later = msgspec.structs.replace(state, scheduled_for=making.began + timedelta(days=9))
    assert deadline(later, WINDOW) == making.began + timedelta(days=9) + WINDOW


def test_closing_twice_gives_the_same_record(making) -> None:
    first, second = (closed(tracked(making), WINDOW) for _ in range(2))
    assert first == second
    assert (first.version, first.final, first.stage) == (9, True, Stage.UNKNOWN)


class Writing:
    """Stands in for what writes to Kafka; ``meanwhile`` happens while a record is on its way."""

    def __init__(self, meanwhile=lambda: None) -> None:
        self.emitted: list = []
        self.tombstones: list[bytes] = []
        self._meanwhile = meanwhile

    async def emit(self, records) -> list:
        self.emitted += records
        self._meanwhile()
        return []

    async def changelog(self, _partition: int, entries) -> list:
        self.tombstones += [key for key, _ in entries]
        return []


async def close_all(stored: Stored, writing: Writing, at: datetime, *, committed: int = 100, keys: int = 2) -> None:
    outbox = Outbox(failing)
    closing = Closing(stored, writing, outbox, window=WINDOW, interval=timedelta(minutes=1), keys=keys)
    running = asyncio.ensure_future(outbox.run())
    closing.keep_to(frozenset({0}))
    while (partition := closing.next_partition(at)) is not None:
        await outbox.room()
        closing.look(partition, at, committed)
    async with asyncio.timeout(60):
        await outbox.drain()
    running.cancel()


async def test_closes_all_that_is_due_a_bounded_number_at_a_time(making) -> None:
    stored = Stored({b"%d" % number: encode_tracked(tracked(making, number)) for number in range(7)})
    writing = Writing()
    await close_all(stored, writing, making.began + WINDOW)
    assert not writing.emitted
    await close_all(stored, writing, making.began + WINDOW + timedelta(seconds=60))
    assert len(writing.emitted) == 7
    assert sorted(writing.tombstones) == [b"%d" % number for number in range(7)]
    assert not stored.values


async def test_an_event_that_comes_meanwhile_keeps_the_attempt(making) -> None:
    newer = encode_tracked(tracked(making, version=10))
    stored = Stored({b"1": encode_tracked(tracked(making, version=8))})
    writing = Writing(meanwhile=lambda: stored.values.update({b"1": newer}))
    await close_all(stored, writing, making.began + 2 * WINDOW)
    assert stored.values == {b"1": newer}
    assert not writing.tombstones


async def test_an_event_that_may_be_read_again_keeps_the_attempt(making) -> None:
    stored = Stored({b"1": encode_tracked(tracked(making, version=8))})
    writing = Writing()
    await close_all(stored, writing, making.began + 2 * WINDOW, committed=4)
    assert not writing.emitted
    await close_all(stored, writing, making.began + 2 * WINDOW, committed=5)
    assert len(writing.emitted) == 1


def test_partitions_take_turns_and_rest_between_looks() -> None:
    closing = Closing(Stored({}), Writing(), Outbox(failing), window=WINDOW, interval=timedelta(minutes=1), keys=2)
    closing.keep_to(frozenset({2, 5}))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    turns = []
    for _ in range(2):
        partition = closing.next_partition(now)
        turns.append(partition)
        closing.look(partition, now, 0)
    assert turns == [2, 5]
    assert closing.next_partition(now + timedelta(seconds=59)) is None
    assert closing.next_partition(now + timedelta(seconds=60)) == 2


async def test_who_lost_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "AGAIN_SECONDS", 0.01)
    begun = asyncio.Event()

    async def deaf() -> None:
        """As `asyncio.wait_for` is where its result comes together with the cancellation."""
        with contextlib.suppress(asyncio.CancelledError):
            begun.set()
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await begun.wait()
    async with asyncio.timeout(60):
        await stopping.ended(task)
    assert task.cancelled()
