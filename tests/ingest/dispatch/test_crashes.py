"""Dispatchers that are killed, and ones that are cut off without knowing it: no message is sent twice, none is lost."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from delivery.calls import Called, InDoubt, Result
from ingest.dispatch.config import RetryConfig
from tests.ingest.dispatch.conftest import PARTITIONS, World, sends
from tests.ingest.waiting import until

PROCESS = Path(__file__).with_name("dispatcher_process.py")
MANY, KILLS = 180, 4
CONCURRENCY = 16
"""The process's own."""


class Process:
    """A dispatcher of its own, ready to work."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self) -> int:
        async with asyncio.timeout(90):
            return await self._process.wait()


@asynccontextmanager
async def dispatcher_process(
    world: World, *, environment: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[Process]:
    said = {
        "bootstrap_servers": world.bootstrap_servers,
        "prefix": world.topics.decisions.name.partition(".")[0],
        "partitions": PARTITIONS,
        "url": world.toy.url,
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROCESS),
        json.dumps(said),
        stdout=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(90):
            assert (await process.stdout.readline()).strip() == b"ready"
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(60):
            await process.communicate()  # which waits for the end of what it says, too, so that nothing is left open


def outcome(world: World, decision) -> str:
    """`taken`, `InDoubt` and so on: how it stands now."""
    return next((shape for shape in reversed(world.shape(decision)) if shape not in ("Calling", "released")), "")


@pytest.mark.parametrize("looks_up", [False, True])
async def test_killed_again_and_again_it_sends_nothing_twice_and_loses_nothing(world: World, looks_up: bool) -> None:
    many = [sends("slow 0.05") for _ in range(MANY)]
    for round_number in range(KILLS):
        async with dispatcher_process(world, instance_id="one", looks_up=looks_up) as process:
            await world.decide(*many[round_number::KILLS])
            begun = len(world.toy.requests)
            await until(lambda begun=begun: len(world.toy.requests) >= begun + 20)
            process.signal(signal.SIGKILL)
            await process.ended()
    async with dispatcher_process(world, instance_id="one", looks_up=looks_up):
        await until(lambda: all(outcome(world, one) for one in many))
        if looks_up:
            await until(lambda: all(outcome(world, one) == "taken" for one in many))
    assert max(world.toy.taken.values()) == 1
    outcomes = {one.reference: outcome(world, one) for one in many}
    assert set(outcomes.values()) <= {"taken", "InDoubt"}
    assert all(world.toy.taken.get(reference) == 1 for reference, what in outcomes.items() if what == "taken")
    doubts = sum(what == "InDoubt" for what in outcomes.values())
    assert (doubts == 0) if looks_up else (0 < doubts <= KILLS * CONCURRENCY)
    # Events come first, so that some of what is in doubt may be told already; we may read them last.
    taken = {one.message_id for one in many if outcomes[one.reference] == "taken"}
    await until(lambda: taken <= {event.message_id for event in world.events})


async def test_who_was_stopped_before_its_call_does_not_call_when_another_has_taken_over(
    world: World, tmp_path: Path
) -> None:
    halted, decision = tmp_path / "halted", sends()
    first = {"environment": {"TOY_HALTS_BEFORE_CALLS": str(halted)}}
    # For so long the other one waits for a word of the stopped one.
    patient = {"call_seconds": 60}
    async with dispatcher_process(world, **first, **patient) as stopped:
        await world.decide(decision)
        await until(halted.exists)
        await until(lambda: world.shape(decision) == ["Calling"])
        async with dispatcher_process(world, **patient):  # ready only when the group has given up the stopped one
            stopped.signal(signal.SIGCONT)
            await world.concluded(decision)
    # The stopped one gave its claim back while the other one still waited for a word. Both may claim it then.
    assert world.shape(decision)[:2] == ["Calling", "released"]
    assert world.shape(decision).count("taken") == 1
    assert world.toy.taken == {decision.reference: 1}
    assert world.sent(decision) == 1


async def test_who_wakes_up_long_after_it_is_given_up_tells_that_it_did_not_send(world: World, tmp_path: Path) -> None:
    halted, decision = tmp_path / "halted", sends()
    async with dispatcher_process(world, environment={"TOY_HALTS_BEFORE_CALLS": str(halted)}) as stopped:
        await world.decide(decision)
        await until(halted.exists)
        async with dispatcher_process(world):
            await until(lambda: isinstance(world.of(decision)[-1], InDoubt))
            stopped.signal(signal.SIGCONT)
            await until(lambda: isinstance(world.of(decision)[-1], Called))
            await until(lambda: world.told(decision))
    last = world.of(decision)[-1]
    assert isinstance(last, Called)
    assert last.result is Result.NOT_TAKEN
    assert world.sent(decision) == 0


async def test_two_share_the_work_and_one_that_leaves_hands_over(world: World) -> None:
    many = [sends("slow 0.02") for _ in range(200)]
    # Nobody dies here, and so nobody may be taken for dead because the machine is busy.
    patient = {
        "call_seconds": 60,
        "lease_seconds": 60,
        "handover_seconds": 30,
        "stop_seconds": 60,
        "session_seconds": 12,
    }
    async with dispatcher_process(world, **patient) as first, dispatcher_process(world, **patient):
        await world.decide(*many[:100])
        await until(lambda: len(world.toy.taken) >= 30)
        first.signal(signal.SIGTERM)
        await world.decide(*many[100:])
        assert await first.ended() == 0
        await world.concluded(*many)
    assert world.toy.taken == {one.reference: 1 for one in many}
    assert {outcome(world, one) for one in many} == {"taken"}


async def test_while_kafka_is_away_nothing_is_sent_twice_and_nothing_lost(world: World, broker) -> None:
    many = [sends("slow 0.3") for _ in range(60)]
    # However long the broker takes to come back on a busy machine, it is not this that is to be given up.
    patient = RetryConfig(tries=50, first_seconds=0.05, limit_seconds=0.2, give_up_seconds=300)
    async with world.dispatching(session_seconds=15, retry=patient) as dispatcher:
        await world.decide(*many)
        await until(lambda: len(world.toy.taken) >= 10)
        async with asyncio.timeout(150):
            await asyncio.to_thread(broker.stop)
            await until(dispatcher.ready)
            await asyncio.to_thread(broker.start)
        await until(lambda: not dispatcher.ready())
        await until(lambda: all(outcome(world, one) for one in many))
    assert max(world.toy.taken.values()) == 1
    assert {outcome(world, one) for one in many} == {"taken"}
    await until(lambda: len({event.event_id for event in world.events}) == len(many))
