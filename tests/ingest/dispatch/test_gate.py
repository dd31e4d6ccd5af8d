"""Passing one at a time, in time, and not while the account is left alone."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from ingest.dispatch.breaker import State
from ingest.dispatch.config import BreakerConfig, LineConfig
from ingest.dispatch.gate import Gate, NoPassage
from ingest.outbound import Busy, HttpAnswer, Told, Unauthorised, Unclear

BREAKER = BreakerConfig(failures=2, open_seconds=0.2, pause_seconds=1.0)
FOR_LONG = BreakerConfig(failures=2, open_seconds=600, open_limit_seconds=600)
FAST = LineConfig(rate_per_second=1000, concurrency=3)
WELL = Told([])


@pytest.fixture(autouse=True)
async def _bounded() -> None:
    asyncio.get_running_loop().call_later(120, asyncio.current_task().cancel)  # type: ignore[union-attr]


async def passed(gate: Gate, result: object = WELL, patience: float = 60.0, answer: HttpAnswer | None = None) -> None:
    async with gate.passage(patience) as permit:
        permit.tell(result, answer)


async def test_no_more_at_one_time_than_it_says() -> None:
    gate, most = Gate("toy", FAST, BREAKER), 0
    await passed(gate)

    async def one() -> None:
        nonlocal most
        async with gate.passage(60) as permit:
            most = max(most, gate.in_flight)
            await asyncio.sleep(0.01)
            permit.tell(WELL, None)

    async with asyncio.timeout(60):
        await asyncio.gather(*(one() for _ in range(12)))
    assert (most, gate.in_flight) == (3, 0)


async def test_questions_leave_places_for_sends() -> None:
    gate = Gate("toy", LineConfig(rate_per_second=1000, concurrency=8), BREAKER)
    await passed(gate)
    async with gate.passage(60, question=True) as first, gate.passage(60, question=True) as second:
        with pytest.raises(NoPassage):
            async with gate.passage(0.05, question=True):
                pass
        await passed(gate)
        first.tell(WELL, None)
        second.tell(WELL, None)


async def test_no_more_a_second_than_it_says() -> None:
    gate = Gate("toy", LineConfig(rate_per_second=20, concurrency=50), BREAKER)
    started = asyncio.get_running_loop().time()
    async with asyncio.timeout(60):
        await asyncio.gather(*(passed(gate) for _ in range(26)))
    assert asyncio.get_running_loop().time() - started >= 0.25


async def test_while_it_is_open_calls_wait_and_one_goes_first() -> None:
    gate = Gate("toy", FAST, BREAKER)
    for _ in range(2):
        await passed(gate, Unclear("HTTP 500"))
    waiting = [asyncio.create_task(passed(gate)) for _ in range(5)]
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)
    assert gate.state is State.CLOSED


async def test_while_it_is_open_nobody_goes_whose_patience_is_shorter() -> None:
    gate = Gate("toy", FAST, FOR_LONG)
    for _ in range(2):
        await passed(gate, Unclear("HTTP 500"))
    assert gate.state is State.OPEN
    with pytest.raises(NoPassage, match="calls fail"):
        await passed(gate, patience=0.05)


async def test_refused_credentials_pause_it_and_are_shouted_about_once(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate("toy", FAST, BREAKER)
    await passed(gate)
    with caplog.at_level(logging.INFO):
        async with gate.passage(60) as first, gate.passage(60) as second:
            first.tell(Unauthorised("HTTP 401"), None)
            second.tell(Unauthorised("HTTP 401"), None)
            assert gate.trouble is not None
            assert "credentials" in gate.trouble
        async with asyncio.timeout(60):
            await passed(gate)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert gate.trouble is None


async def test_a_wish_to_wait_holds_for_the_whole_account() -> None:
    gate = Gate("toy", FAST, BREAKER)
    await passed(gate, Busy("HTTP 429", 600))
    with pytest.raises(NoPassage):
        await passed(gate, patience=0.05)
    gate = Gate("toy", FAST, BREAKER)
    await passed(gate, Busy("HTTP 429", 0.2))
    await passed(gate, Busy("429"), answer=HttpAnswer(429, b"", datetime.now(UTC)))
    assert gate.state is State.CLOSED


async def test_a_call_that_does_not_go_after_all_leaves_the_way_free() -> None:
    gate = Gate("toy", FAST, BREAKER)
    async with gate.passage(60):
        pass
    async with asyncio.timeout(60):
        await passed(gate)


async def test_who_does_not_want_to_wait_is_told_at_once_though_others_wait_before_him() -> None:
    gate = Gate("toy", FAST, FOR_LONG)
    await passed(gate)

    async def hurried() -> None:
        with pytest.raises(NoPassage, match="calls fail"):
            async with gate.passage(900, waits=False):
                pass

    async with gate.passage(60) as failing, gate.passage(60), gate.passage(60):
        waiting = [asyncio.create_task(passed(gate)) for _ in range(6)]
        await asyncio.sleep(0.01)
        hurrying = [asyncio.create_task(hurried()) for _ in range(6)]
        await asyncio.sleep(0.01)
        for _ in range(2):
            failing.tell(Unclear("HTTP 500"), None)
    async with asyncio.timeout(60):
        await asyncio.gather(*hurrying)
    assert not any(each.done() for each in waiting)
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)
    assert (gate.state, gate.in_flight) == (State.OPEN, 0)
