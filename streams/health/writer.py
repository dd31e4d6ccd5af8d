"""Writes what the judge finds."""

import asyncio
from collections.abc import Iterable
from typing import Final, Self

from aiokafka import AIOKafkaProducer

from delivery.health.alerts import Alert, encode_alert
from delivery.health.records import HealthRecord, encode_health
from streams.health import metrics
from streams.health.config import HealthConfig
from streams.stopping import let_go

REQUEST_MILLISECONDS: Final = 10_000


class Writer:
    """A producer of the judge's own. Each call returns once Kafka has acknowledged all; raises ``KafkaError``."""

    def __init__(self, config: HealthConfig) -> None:
        self._config = config
        self._producer = AIOKafkaProducer(
            bootstrap_servers=config.bootstrap_servers,
            client_id="acuse-health",
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=REQUEST_MILLISECONDS,
        )

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def write(self, records: Iterable[HealthRecord], gone: Iterable[str]) -> None:
        """Records of health, and that there is nothing more to be known under some keys."""
        values = [(record.key, encode_health(record)) for record in records]
        await self._publish(self._config.health, [*values, *((key, None) for key in gone)])

    async def tell(self, alerts: Iterable[Alert]) -> None:
        told = list(alerts)
        await self._publish(self._config.alerts, [(str(alert.lane), encode_alert(alert)) for alert in told])
        for alert in told:
            metrics.ALERTS.labels(alert.about.value, alert.state.value).inc()

    async def _publish(self, topic: str, entries: Iterable[tuple[str, bytes | None]]) -> None:
        sent = [await self._producer.send(topic, value, key=key.encode(), partition=0) for key, value in entries]
        await asyncio.gather(*sent)

    async def _stop(self) -> None:
        await let_go(self._producer.stop())
