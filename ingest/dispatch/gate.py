"""The way to one provider account: so many calls at one time, so many a second, and none while it is left alone."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from aiolimiter import AsyncLimiter

from ingest.dispatch.breaker import Breaker, State
from ingest.dispatch.config import BreakerConfig, LineConfig
from ingest.outbound import Busy, HttpAnswer, Unauthorised, Unclear

logger = logging.getLogger(__name__)

RATE_LIMITED_SECONDS: Final = 1.0
"""How long an account is left alone that says nothing of how long it wants to be."""
TOO_MANY_REQUESTS: Final = 429
QUESTIONS_SHARE: Final = 4
"""One place in so many may be taken by polls and lists: there may be thousands, and sends must not wait for all."""


class NoPassage(Exception):
    """The account may not be called within the time that there is; the message says why."""


class Permit:
    """One call's leave to go. Whoever has it tells what came of it, once; untold, the call did not go."""

    def __init__(self, gate: "Gate") -> None:
        self._gate = gate
        self.told = False

    def tell(self, result: object, answer: HttpAnswer | None) -> None:
        """`result` is what the answer was read as; `answer` None where there was none."""
        self.told = True
        self._gate.learn(result, answer)


class Gate:
    """All tasks of one loop pass through it, in the order of their coming."""

    def __init__(
        self,
        name: str,
        line: LineConfig,
        breaker: BreakerConfig,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._places = asyncio.Semaphore(line.concurrency)
        self._questions = asyncio.Semaphore(max(line.concurrency // QUESTIONS_SHARE, 1))
        rate = line.rate_per_second
        self._limiter = AsyncLimiter(rate, 1.0) if rate >= 1 else AsyncLimiter(1.0, 1.0 / rate)
        self._breaker = Breaker(breaker)
        self._monotonic = monotonic
        self._changed = asyncio.Event()
        self._said = State.CLOSED
        self.in_flight = 0

    @property
    def state(self) -> State:
        return self._breaker.state(self._monotonic())

    @property
    def trouble(self) -> str | None:
        """Why calls wait, where they do, in words for an operator."""
        seconds = self._breaker.wait_seconds(self._monotonic()) or 0.0
        match self.state:
            case State.OPEN:
                return f"calls fail; tried again in {seconds:.0f} s"
            case State.PAUSED:
                return f"the provider does not take our credentials; correct them, tried again in {seconds:.0f} s"
        return None

    def is_left_alone(self) -> bool:
        """Whether nothing goes until a while has passed."""
        return self.state in (State.OPEN, State.PAUSED)

    @asynccontextmanager
    async def passage(
        self, patience_seconds: float, *, question: bool = False, waits: bool = True
    ) -> AsyncIterator[Permit]:
        """Leave for one call while the block runs; questions have fewer places than sends. Raises `NoPassage` when it
        takes longer than that, and, unless it `waits`, once the account is left alone.
        """
        async with AsyncExitStack() as places:
            try:
                async with asyncio.timeout(patience_seconds):
                    while not await self._is_through(places, question=question, waits=waits):
                        await places.aclose()
            except TimeoutError:
                raise NoPassage(self.trouble or "too many calls wait") from None
            permit = Permit(self)
            self.in_flight += 1
            try:
                yield permit
            finally:
                self.in_flight -= 1
                if not permit.told:
                    self._breaker.withdrawn()
                    self._wake()

    def learn(self, result: object, answer: HttpAnswer | None) -> None:
        """What an exchange says of the account, and not of the message."""
        now = self._monotonic()
        match result:
            case Unauthorised():
                self._breaker.unauthorised(now)
            case Busy(retry_after_seconds=float() | int() as seconds):
                self._breaker.put_off(now, seconds)
            case Busy() if answer is not None and answer.status == TOO_MANY_REQUESTS:
                self._breaker.put_off(now, RATE_LIMITED_SECONDS)
            case Busy() | Unclear():
                self._breaker.failed(now)
            case _:
                self._breaker.answered(now)
        self._shout(result)
        self._wake()

    async def _is_through(self, places: AsyncExitStack, *, question: bool, waits: bool) -> bool:
        """Whether a call may go. Nobody waits in a place while the account is left alone: those behind him may not want
        to wait at all.
        """
        while self.is_left_alone():
            if not waits:
                raise NoPassage(self.trouble)
            await self._change()
        if question:
            await places.enter_async_context(self._questions)
        await places.enter_async_context(self._places)
        if self.is_left_alone():
            return False
        await self._limiter.acquire()
        while self._breaker.wait_seconds(self._monotonic()) != 0:
            if self.is_left_alone():
                return False
            await self._change()
        self._breaker.admit(self._monotonic())
        return True

    async def _change(self) -> None:
        """Wait until somebody learns something, or until that makes no difference."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._breaker.wait_seconds(self._monotonic())):
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()

    def _shout(self, result: object) -> None:
        """Once for each change."""
        state, before = self.state, self._said
        if state is before or state is State.PROBING:
            return
        self._said = state
        if state is State.PAUSED:
            why = result.text if isinstance(result, Unauthorised) else ""
            logger.error(
                "%s does not take our credentials (%s): nothing is sent through it until they are corrected; "
                "it is asked again once in a while",
                self._name,
                why,
            )
        elif state is State.OPEN:
            logger.error("calls to %s fail: it is left alone for a while", self._name)
        else:
            logger.info("%s answers again", self._name)
