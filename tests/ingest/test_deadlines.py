"""One timer ends whatever takes too long, and nothing else."""

import asyncio
import time

import pytest

from ingest.deadlines import Deadlines

SHORT = 0.05


async def for_ever(deadlines: Deadlines) -> None:
    with deadlines.limit():
        await asyncio.Event().wait()


async def test_each_that_takes_too_long_ends_in_its_own_time():
    deadlines, ended = Deadlines(SHORT), list[str]()

    async def endless(name: str) -> float:
        """Seconds until it was ended."""
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await for_ever(deadlines)
        ended.append(name)
        return time.monotonic() - began

    first = asyncio.create_task(endless("first"))
    await asyncio.wait([first], timeout=SHORT / 2)
    second = asyncio.create_task(endless("second"))
    async with asyncio.timeout(60):
        assert min(await asyncio.gather(first, second)) >= SHORT
    assert ended == ["first", "second"]


async def test_what_ends_in_time_is_left_alone_and_the_next_is_limited_all_the_same():
    deadlines = Deadlines(SHORT)
    for _ in range(3):
        with deadlines.limit():
            await asyncio.sleep(0)
    await asyncio.sleep(2 * SHORT)
    with pytest.raises(TimeoutError):
        await for_ever(deadlines)


async def test_a_task_that_is_cancelled_stays_cancelled():
    task = asyncio.create_task(for_ever(Deadlines(5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_its_own_is_passed_on():
    with pytest.raises(ValueError, match="its own"), Deadlines(5).limit():
        raise ValueError("its own")
