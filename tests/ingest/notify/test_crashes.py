"""Notifiers that are killed, share work, or lose their broker: nothing is lost, and what is told twice has one id."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.ingest.notify.conftest import PARTITIONS, World, ends, id_of, reply
from tests.ingest.waiting import until

PROCESS = Path(__file__).with_name("notifier_process.py")
MANY, KILLS, CONCURRENCY = 240, 3, 8


@asynccontextmanager
async def notifier_process(world: World, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    said = {
        "bootstrap_servers": world.bootstrap_servers,
        "prefix": world.topics.decisions.name.partition(".")[0],
        "partitions": PARTITIONS,
        "url": world.application.url,
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), json.dumps(said), stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(90):
            assert (await process.stdout.readline()).strip() == b"ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(60):
            await process.communicate()  # which waits for the end of what it says, too, so that nothing is left open


async def test_killed_again_and_again_it_tells_of_everything_under_ids_that_stay(world: World) -> None:
    application = world.application
    many = [ends("fail 1" if number % 5 == 0 else "slow 0.02") for number in range(MANY)]
    heard = [reply(f"r-{number}") for number in range(20)]
    share = MANY // KILLS
    for round_number in range(KILLS):
        async with notifier_process(world, instance_id="one") as process:
            before = len(application.told)
            await world.decide(*many[round_number * share : (round_number + 1) * share])
            await world.hear(*heard[round_number::KILLS])
            await until(lambda before=before: len(application.told) >= before + 25)
            process.kill()
            await process.wait()
    async with notifier_process(world, instance_id="one") as process:
        await world.ended(*many)
        await until(lambda: len(application.taken) == MANY + len(heard))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(90):
            assert await process.wait() == 0
    assert {id_of(one) for one in many} <= set(application.taken)
    assert not application.forged
    # What was under way when it was killed, or taken and not yet written down, is told once more, and nothing else.
    assert sum(times - 1 for times in application.taken.values()) <= KILLS * CONCURRENCY
    assert max(application.taken.values()) <= 1 + KILLS


async def test_two_share_the_work_and_one_that_leaves_hands_over(world: World) -> None:
    many = [ends("slow 0.02") for _ in range(120)]
    async with notifier_process(world) as first, notifier_process(world):
        await world.decide(*many[:60])
        await until(lambda: len(world.application.taken) >= 10)
        first.send_signal(signal.SIGTERM)
        await world.decide(*many[60:])
        async with asyncio.timeout(90):
            assert await first.wait() == 0
        await world.ended(*many)
    assert set(world.application.taken) == {id_of(one) for one in many}


async def test_while_kafka_is_away_nothing_is_lost(world: World, broker) -> None:
    many = [ends("slow 0.2") for _ in range(60)]
    async with world.notifying(session_seconds=15) as notifier:
        await world.decide(*many)
        await until(lambda: len(world.application.taken) >= 10)
        async with asyncio.timeout(150):
            await asyncio.to_thread(broker.stop)
            await until(notifier.notes)
            await asyncio.to_thread(broker.start)
        await world.ended(*many)
    assert set(world.application.taken) == {id_of(one) for one in many}
