"""How providers do, in one worker: everybody knows it, and one of them finds it out."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka.errors import KafkaError

from delivery.health.weights import weigh
from delivery.plans import Choice
from streams.health import metrics
from streams.health.config import HealthConfig
from streams.health.follower import Follower
from streams.health.judge import Judge
from streams.health.view import View
from streams.stopping import ended

logger = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _never() -> bool:
    return False


class HealthService:
    """Nothing here ends the worker where Kafka is away: shares then stay as they are."""

    def __init__(self, config: HealthConfig, clock: Callable[[], datetime] = _utc_now) -> None:
        self._config = config
        self._clock = clock
        self._view = View()
        self._reading = asyncio.Lock()
        self._follower: Follower | None = None
        self._stopping = asyncio.Event()

    @property
    def view(self) -> View:
        """What is known by now."""
        return self._view

    def weigh(self, choices: Sequence[Choice]) -> Sequence[int]:
        """What choices weigh by the health of their providers, by what is known by now: at once, and in memory."""
        return weigh(choices, self._view.factors)

    async def run(self, judges: Callable[[], bool] = _never) -> None:
        """Know what is found, and find it for as long as ``judges`` says so; until ``stop``, or cancelled."""
        parts = [
            asyncio.ensure_future(part)
            for part in (
                self._stopping.wait(),
                self._again(self._follow),
                self._again(lambda: self._judge(judges)),
            )
        ]
        try:
            first, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in first:
                part.result()
        finally:
            await ended(*parts)
            metrics.JUDGE.set(0)

    def stop(self) -> None:
        """Have ``run`` end."""
        self._stopping.set()

    async def _again(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it, and begin anew a while after each trouble with Kafka."""
        while True:
            try:
                await act()
            except (KafkaError, OSError) as error:
                logger.warning("How providers do is not looked at: %s: %s", type(error).__name__, error)
            await asyncio.sleep(self._config.retry_after.total_seconds())

    async def _follow(self) -> None:
        config = self._config
        patience = min(config.fetch_patience, config.tick)
        async with Follower(config.bootstrap_servers, config.health, patience=patience) as follower:
            self._follower = follower
            try:
                while True:
                    async with self._reading:
                        await self._read(follower)
            finally:
                self._follower = None

    async def _read(self, follower: Follower) -> None:
        for record in await follower.records():
            self._view.take(record)

    async def _catch_up(self) -> None:
        """Read the health topic up to where it ends now. Raises ``TimeoutError`` where nobody follows it."""
        async with self._reading:
            follower = self._follower
            if follower is None:
                raise TimeoutError("the health topic is not read")
            ends = await follower.ends()
            while not await follower.is_at(ends):
                await self._read(follower)

    async def _judge(self, judges: Callable[[], bool]) -> None:
        while not judges():  # noqa: ASYNC110 - whoever owns the partitions has no event for it
            await asyncio.sleep(self._config.tick.total_seconds())
        metrics.JUDGE.set(1)
        try:
            await Judge(self._config, self._view, self._catch_up, self._clock).serve(judges)
        finally:
            metrics.JUDGE.set(0)
