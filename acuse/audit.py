"""Who was shown what is personal goes to Kafka, as all that must not be lost does; it is not ClickHouse's to keep."""

import asyncio

from dashboards.unmasking import NotRecorded
from delivery.topics import AUDIT
from delivery.unmaskings import Unmasking, encode_unmasking
from ingest.producer import KafkaPublisher, ProducerConfig
from ingest.publisher import NotPublished, Record


class AuditTrail:
    """Connects when the first unmasking is to be recorded: dashboards without auditors need no Kafka."""

    def __init__(self, bootstrap_servers: str, *, timeout_seconds: float) -> None:
        config = ProducerConfig(
            bootstrap_servers=bootstrap_servers, timeout_seconds=timeout_seconds, topics=(AUDIT.name,), linger_ms=0
        )
        self._timeout_seconds = timeout_seconds
        self._publisher = KafkaPublisher(config)
        self._starting = asyncio.Lock()
        self._started = False

    async def record(self, unmasking: Unmasking) -> None:
        """Returns when Kafka has acknowledged it. Raises ``NotRecorded``."""
        async with self._starting:
            if not self._started:
                self._started = True
                await self._publisher.start()
        key, value = unmasking.message_id.encode(), encode_unmasking(unmasking)
        try:
            await self._publisher.wait_connected(self._timeout_seconds)
            await self._publisher.publish([Record(AUDIT.name, key, value)])
        except NotPublished as error:
            raise NotRecorded(str(error)) from None

    async def close(self) -> None:
        if self._started:
            await self._publisher.stop()
