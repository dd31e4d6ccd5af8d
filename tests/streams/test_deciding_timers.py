"""When attempts are asked after, and when messages are forgotten, without a broker."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from delivery.briefs import AttemptBrief, SeenAttempt, decode_seen
from delivery.channels import Channel
from delivery.decisions import EndDecision, PollDecision, Why, end_id
from delivery.message_states import MessageState, with_attempt, with_decisions, with_request
from delivery.polling import Schedule
from delivery.stages import Stage
from delivery.standing import encode_record
from streams.deciding.forgetting import Forgetting
from streams.deciding.polls import Polls
from streams.deciding.states import encode_state
from streams.deciding.timetable import Timetable
from streams.outbox import Outbox

POLLED = {"messente": frozenset({Channel.SMS})}
WINDOW = timedelta(hours=72)
PATIENCE = timedelta(days=30)
SCHEDULE = Schedule((timedelta(seconds=30), timedelta(minutes=10)), timedelta(hours=1))


class Stored:
    """Stands in for the store of one partition."""

    def __init__(self, states: Sequence[MessageState] = ()) -> None:
        self.values: dict[bytes, bytes] = {}
        for state in states:
            self.keep(state)

    def keep(self, state: MessageState) -> None:
        self.values[state.message_id.encode()] = encode_state(state)

    def read(self, _partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    def write(self, _partition: int, entries, _offset: int | None = None) -> None:
        for key, value in entries:
            assert value is None
            self.values.pop(key, None)

    def scan(self, _partition: int, after: bytes | None, limit: int) -> list[tuple[bytes, bytes]]:
        return [entry for entry in sorted(self.values.items()) if after is None or entry[0] > after][:limit]


def brief(asking, number: int, stage: Stage = Stage.QUEUED, version: int = 2, **said) -> AttemptBrief:
    seen = decode_seen(encode_record(asking.attempt(number, stage, version, **said)))
    assert isinstance(seen, SeenAttempt)
    return seen.brief()


def state(asking, number: int, stage: Stage = Stage.QUEUED, version: int = 2, **said) -> MessageState:
    asked = with_request(None, asking.asked(number), number)
    return with_attempt(asked, asked.message_id, brief(asking, number, stage, version, **said))


class Timing:
    """Polls as the worker asks them: told of the table first, a portion of it at each look."""

    def __init__(self, stored: Stored, keys: int) -> None:
        self.polls = Polls(stored, schedule=SCHEDULE, window=WINDOW, polled=POLLED)
        self.timetable = Timetable(stored, [self.polls.time], keys=keys)
        self.keep_to(1)

    def keep_to(self, generation: int) -> None:
        partitions = frozenset({0})
        self.polls.keep_to(partitions, renewed=self.timetable.keep_to(partitions, generation))

    def due(self, partition: int, now: datetime, limit: int) -> list[PollDecision]:
        self.timetable.read_on(partition, now)
        return self.polls.due(partition, now, limit)

    @property
    def open(self):
        return self.polls.open

    @property
    def waiting(self) -> int:
        return self.polls.waiting


def ended(one: MessageState) -> MessageState:
    end = EndDecision(
        decision_id=end_id(one.message_id, Why.SUCCEEDED),
        message_id=one.message_id,
        decided_at=max(brief.updated_at for brief in one.attempts.values()),
        why=Why.SUCCEEDED,
        step=1,
    )
    return with_decisions(one, [end])


def polls(stored: Stored, keys: int = 100) -> Timing:
    return Timing(stored, keys)


def rounds(decided) -> list[tuple[str, int]]:
    return [(decision.target.ref, decision.round) for decision in decided]


def after(asking, **distance: float) -> datetime:
    return asking.received_at + timedelta(**distance)


def test_an_attempt_is_asked_after_round_by_round_until_it_is_final(asking) -> None:
    stored = Stored()
    timing = polls(stored)
    assert timing.due(0, asking.received_at, 10) == []
    stored.keep(state(asking, 1))
    timing.open(0, [(asking.message(1).encode(), brief(asking, 1))])
    assert timing.due(0, after(asking, seconds=29), 10) == []
    [decision] = timing.due(0, after(asking, seconds=31), 10)
    assert (decision.decision_id, decision.target.recipient) == ("poll/messente/r1/1", "+34600000000")
    assert timing.due(0, after(asking, seconds=31), 10) == []
    assert rounds(timing.due(0, after(asking, minutes=10), 10)) == [("r1", 2)]
    assert timing.waiting == 1
    stored.keep(state(asking, 1, Stage.DELIVERED, version=4))
    assert timing.due(0, after(asking, hours=2), 10) == []
    assert timing.waiting == 0


def test_nothing_is_asked_after_the_window(asking) -> None:
    stored = Stored([state(asking, 1)])
    timing = polls(stored)
    decided = [each for hours in range(80) for each in timing.due(0, after(asking, hours=hours), 10)]
    assert after(asking, hours=71) < max(each.decided_at for each in decided) < after(asking, hours=72)
    assert timing.waiting == 0


def test_after_a_rebalance_what_was_due_lately_is_decided_again_and_the_rest_goes_on(asking) -> None:
    states = [state(asking, number) for number in range(7)]
    states += [state(asking, 8, provider="altiria"), state(asking, 9, Stage.DELIVERED)]
    stored = Stored(states)
    timing = polls(stored, keys=3)
    lately = [timing.due(0, after(asking, seconds=60), 10) for _ in range(4)]
    assert sorted(rounds([decision for each in lately for decision in each])) == [(f"r{n}", 1) for n in range(7)]
    timing.keep_to(2)
    assert timing.waiting == 0
    for _ in range(4):
        assert timing.due(0, after(asking, seconds=200), 10) == []
    assert timing.waiting == 7
    assert len(timing.due(0, after(asking, minutes=10), 10)) == 7


def test_rounds_of_one_look_are_bounded_and_an_attempt_waits_for_one_at_a_time(asking) -> None:
    stored = Stored([state(asking, number) for number in range(5)])
    timing = polls(stored)
    timing.open(0, [(asking.message(n).encode(), brief(asking, n)) for n in range(5)])
    timing.open(1, [(asking.message(7).encode(), brief(asking, 7))])
    seen = [timing.due(0, after(asking, seconds=40), 2) for _ in range(4)]
    assert [len(each) for each in seen] == [2, 2, 1, 0]
    assert timing.waiting == 5


class Writing:
    """Stands in for what writes to Kafka."""

    def __init__(self) -> None:
        self.tombstones: list[bytes] = []

    async def changelog(self, _partition: int, entries) -> list:
        self.tombstones += [key for key, _ in entries]
        return []


async def failing(error: BaseException) -> None:
    raise AssertionError(error)


async def kept(stored: Stored, at: datetime, committed: int = 100) -> int:
    """How many messages are still known after one look at everything."""
    outbox = Outbox(failing)
    forgetting = Forgetting(
        stored, Writing(), outbox, window=WINDOW, patience=PATIENCE, interval=timedelta(minutes=1), keys=2
    )
    running = asyncio.ensure_future(outbox.run())
    forgetting.keep_to(frozenset({0}))
    while (partition := forgetting.next_partition(at)) is not None:
        await outbox.room()
        forgetting.look(partition, at, committed)
    async with asyncio.timeout(60):
        await outbox.drain()
    running.cancel()
    return len(stored.values)


async def test_what_is_over_is_forgotten_after_the_window_and_the_rest_for_longer(asking) -> None:
    only_asked_for = with_request(None, asking.asked(3), 3)
    stored = Stored([ended(state(asking, 1, Stage.DELIVERED)), state(asking, 2), only_asked_for, state(asking, 4)])
    assert await kept(stored, after(asking, hours=71)) == 4
    assert await kept(stored, after(asking, hours=72)) == 3
    assert await kept(stored, after(asking, days=29)) == 3
    assert await kept(stored, after(asking, days=30)) == 0


async def test_a_message_is_kept_while_its_request_may_be_read_again_or_it_waits_for_its_time(asking) -> None:
    stored = Stored([ended(state(asking, 5, Stage.DELIVERED))])
    assert await kept(stored, after(asking, hours=73), committed=5) == 1
    assert await kept(stored, after(asking, hours=73), committed=6) == 0
    asked = asking.asked(6)
    order = msgspec.structs.replace(asked.order, send_at=after(asking, days=2))
    later = with_request(None, msgspec.structs.replace(asked, order=order), 6)
    over = ended(with_attempt(later, later.message_id, brief(asking, 6, Stage.DELIVERED)))
    assert await kept(Stored([over]), after(asking, days=4)) == 1
    assert await kept(Stored([over]), after(asking, days=5)) == 0
