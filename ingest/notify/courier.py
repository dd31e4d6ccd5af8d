"""Carries one notice to the application, until it has it or its tries have an end."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from delivery.notices import Notice, NoticeResult
from ingest.dispatch.config import LineConfig
from ingest.dispatch.gate import Gate, NoPassage
from ingest.notify.addresses import shown_address
from ingest.notify.config import NotifyConfig
from ingest.notify.metrics import NotifyMetrics
from ingest.notify.receiver import Answer, Outcome, Receiver
from ingest.notify.recorder import Recorder
from ingest.notify.signing import signed_headers
from ingest.notify.telling import Telling

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 3600.0
"""How long a first try waits for its turn before it asks again; it is never given up for that."""
STATE_WHEN_GONE: Final = 3


class Courier:
    """Many notices go side by side through one gate. What failed for the application's own state leaves it alone for a
    while; then one notice shows how it is.
    """

    def __init__(
        self,
        config: NotifyConfig,
        recorder: Recorder,
        metrics: NotifyMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._keys = config.receiver.keys
        self._receiver = Receiver(config.receiver)
        self._recorder = recorder
        self._metrics = metrics
        self._clock = clock
        self._shown = shown_address(config.receiver.url)
        line = LineConfig(rate_per_second=config.receiver.rate_per_second, concurrency=config.receiver.concurrency)
        self._gate = Gate(self._shown, line, config.breaker)
        self._last = ""
        self.gone = asyncio.Event()
        """The application wants no more notices at all; set, nothing is sent any more."""

    @property
    def state(self) -> int:
        return STATE_WHEN_GONE if self.gone.is_set() else int(self._gate.state.value)

    @property
    def trouble(self) -> str | None:
        """What an operator should know, in words."""
        if self.gone.is_set():
            return f"{self._shown} wants no more notices (HTTP 410); name another [notify] url or none, and restart"
        trouble = self._gate.trouble
        return f"{trouble} ({self._last})" if trouble and self._last else trouble

    async def close(self) -> None:
        await self._receiver.close()

    async def deliver(self, telling: Telling, hold: Callable[[], None], release: Callable[[], None]) -> bool:
        """Whether it has come to an end, which is written down then. `hold` is called where it should not be broken off
        from, `release` where it may be again.
        """
        tried, begun = 0, None
        answer = Answer(Outcome.UNANSWERED)
        retrying = self._config.retrying
        while not self.gone.is_set():
            left = PATIENCE_SECONDS if begun is None else begun + retrying.give_up_seconds - time.monotonic()
            try:
                async with self._gate.passage(max(left, 0.0)) as permit:
                    if self.gone.is_set():
                        break
                    hold()
                    begun, tried = begun or time.monotonic(), tried + 1
                    answer = await self._post(telling)
                    permit.tell(answer.about_the_receiver, answer.http)
                    if answer.outcome is Outcome.TAKEN:
                        # The place is kept until it is written down: a crash has no more told twice than there are.
                        return await self._end(telling, NoticeResult.DELIVERED, tried, answer)
            except NoPassage:
                if begun is None:
                    continue
                return await self._end(telling, NoticeResult.DEAD, tried, answer)
            if answer.outcome is Outcome.GONE:
                break
            elapsed = time.monotonic() - begun
            wait = retrying.wait_seconds(tried, elapsed, answer.retry_after_seconds, random.random())
            if wait is None:
                return await self._end(telling, NoticeResult.DEAD, tried, answer)
            release()
            await asyncio.sleep(wait)
        return False

    async def bury(self, telling: Telling) -> bool:
        """Write down that it cannot be carried, through a fault of ours."""
        return await self._end(telling, NoticeResult.DEAD, 0, Answer(Outcome.UNANSWERED, why="a fault of ours"))

    async def _post(self, telling: Telling) -> Answer:
        headers = signed_headers(self._keys, telling.notice_id, self._clock(), telling.body)
        with self._metrics.request_seconds.time():
            answer = await self._receiver.post(telling.body, headers)
        self._metrics.requests.labels(answer.outcome.value).inc()
        self._last = answer.why
        if answer.outcome is Outcome.GONE and not self.gone.is_set():
            self.gone.set()
            logger.error("%s", self.trouble)
        return answer

    async def _end(self, telling: Telling, result: NoticeResult, tried: int, answer: Answer) -> bool:
        await self._recorder.write(
            Notice(
                notice_id=telling.notice_id,
                type=telling.type,
                about=telling.about,
                at=self._clock(),
                result=result,
                body=telling.body.decode(),
                tries=tried,
                status=answer.status,
                why=answer.why,
                message_id=telling.message_id,
            )
        )
        self._metrics.notices.labels(telling.type.value, result.value).inc()
        return True
