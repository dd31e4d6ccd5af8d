"""Notices sent once more on a person's word, under the ids that they had."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec
from aiolimiter import AsyncLimiter

from delivery.notices import Notice, NoticeResult
from delivery.topics import NOTICES, Topic
from ingest.caller import utc_now
from ingest.notify.config import NotifyConfig
from ingest.notify.receiver import Outcome, Receiver
from ingest.notify.recorder import notice_record
from ingest.notify.signing import signed_headers
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import NotPublished

CONNECT_SECONDS: Final = 15.0
FAILURES_IN_A_ROW: Final = 5
"""After so many for the application's own state, the rest is left as it is."""
WANTS_NONE: Final = frozenset({Outcome.BUSY, Outcome.UNANSWERED, Outcome.GONE})


async def resend(
    config: NotifyConfig,
    notices: Sequence[Notice],
    *,
    topic: Topic = NOTICES,
    told: Callable[[Notice], None] = lambda _: None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Try each once, and write down what came of it; `told` is called with that. Returns how many were not tried since
    the application was not well. Raises `NotPublished`.
    """
    publisher = KafkaPublisher(
        ProducerConfig(
            bootstrap_servers=config.bootstrap_servers,
            timeout_seconds=config.produce_timeout_seconds,
            topics=(topic.name,),
        )
    )
    await publisher.start()
    try:
        await publisher.wait_connected(CONNECT_SECONDS)
        resending = _Resending(config, publisher, topic, told, clock)
        try:
            return await resending.run(notices)
        finally:
            await resending.close()
    finally:
        await publisher.stop()


class _Resending:
    def __init__(
        self,
        config: NotifyConfig,
        publisher: KafkaPublisher,
        topic: Topic,
        told: Callable[[Notice], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = config.receiver.keys
        self._workers = config.receiver.concurrency
        self._receiver = Receiver(config.receiver)
        self._limiter = AsyncLimiter(max(config.receiver.rate_per_second, 1.0), 1.0)
        self._publisher = publisher
        self._topic = topic
        self._told = told
        self._clock = clock
        self._failures = 0

    async def close(self) -> None:
        await self._receiver.close()

    async def run(self, notices: Sequence[Notice]) -> int:
        left = iter(notices)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._workers, len(notices))):
                    group.create_task(self._work(left))
        except* NotPublished as errors:
            raise errors.exceptions[0] from None
        return sum(1 for _ in left)

    async def _work(self, left: Iterator[Notice]) -> None:
        while self._failures < FAILURES_IN_A_ROW and (notice := next(left, None)) is not None:
            await self._limiter.acquire()
            await self._try(notice)

    async def _try(self, notice: Notice) -> None:
        body = notice.body.encode()
        answer = await self._receiver.post(body, signed_headers(self._keys, notice.notice_id, self._clock(), body))
        self._failures = self._failures + 1 if answer.outcome in WANTS_NONE else 0
        if answer.outcome is Outcome.GONE:
            self._failures = FAILURES_IN_A_ROW
        outcome = msgspec.structs.replace(
            notice,
            at=self._clock(),
            result=NoticeResult.DELIVERED if answer.outcome is Outcome.TAKEN else NoticeResult.DEAD,
            tries=1,
            status=answer.status,
            why=answer.why,
        )
        await self._publisher.publish([notice_record(outcome, self._topic)])
        self._told(outcome)
