"""The notifier: tells the caller's application what became of its messages, and everything that it is made of.

At least once: what a record leads to has come to an end, and Kafka has that, before its offset is committed. A notice
that was sent and not written down is sent again after a crash, under the same id.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from ingest.caller import utc_now
from ingest.notify.config import NotifyConfig
from ingest.notify.courier import Courier
from ingest.notify.membership import Membership, unless
from ingest.notify.metrics import NotifyMetrics
from ingest.notify.recorder import Recorder
from ingest.notify.window import Window
from ingest.producer import KafkaPublisher, ProducerConfig

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 10.0
PART: Final = "notices"


class Notifier:
    """`run` until `stop`, once, in one loop; `notes` at any time, from any thread.

    Whatever goes wrong here, `run` goes on trying: what it stands beside is of more weight than notices.
    """

    def __init__(
        self, config: NotifyConfig, registry: CollectorRegistry, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.metrics = NotifyMetrics(registry)
        self._config = config
        self._clock = clock
        self._stopping = asyncio.Event()
        self._trouble: str | None = "not connected yet"
        self._courier: Courier | None = None
        self._membership: Membership | None = None
        self.metrics.watch(
            waiting=lambda: self._membership.waiting if self._membership else 0,
            state=lambda: self._courier.state if self._courier else 0,
        )

    def stop(self) -> None:
        """Lets `run` return soon; to be called in its loop."""
        self._stopping.set()

    def notes(self) -> Mapping[str, str]:
        """What an operator should know; empty while notices are sent as they should be."""
        trouble = self._trouble or (self._courier.trouble if self._courier else None)
        return {PART: trouble} if trouble else {}

    async def run(self) -> None:
        config = self._config
        publisher = KafkaPublisher(
            ProducerConfig(
                bootstrap_servers=config.bootstrap_servers,
                timeout_seconds=config.produce_timeout_seconds,
                topics=(config.topics.notices.name,),
            )
        )
        recorder = Recorder(publisher, config.topics.notices, config.remembered)
        self._courier = courier = Courier(config, recorder, self.metrics, self._clock)
        await publisher.start()
        try:
            await self._be_member(publisher, recorder, courier)
        finally:
            self._hear("stopped")
            await courier.close()
            await publisher.stop()

    async def _be_member(self, publisher: KafkaPublisher, recorder: Recorder, courier: Courier) -> None:
        config, wait = self._config, FIRST_WAIT_SECONDS

        def window(places: Sequence[TopicPartition]) -> Window:
            return Window(config, courier, recorder, self.metrics, places)

        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._membership = Membership(
                    config, window, recorder, publisher, self.metrics, self._hear, self._clock, self._stopping
                )
                await self._membership.run()
            except Exception as error:  # noqa: BLE001 - see the class
                said = str(error) if isinstance(error, LookupError) else type(error).__name__
                self._hear(said)
                logger.warning("notices are not sent: %s; tried again", said)
                if time.monotonic() - started > LONGEST_WAIT_SECONDS:
                    wait = FIRST_WAIT_SECONDS
                await unless(self._stopping, asyncio.sleep(wait * random.uniform(0.5, 1.0)))
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _hear(self, trouble: str | None) -> None:
        self._trouble = trouble
