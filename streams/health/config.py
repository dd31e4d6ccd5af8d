"""What the judge of providers' health can be told."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from delivery.health.rules import HealthRules
from delivery.topics import ALERTS, ATTEMPTS, HEALTH

MARGIN: Final = timedelta(minutes=5)
"""Wider than a window, since clocks differ, and what was handed over is known a while later."""


@dataclass(frozen=True)
class HealthConfig:
    """``instance_id`` is the worker's name, as in its consumer group.

    The judge looks every ``tick``, at attempts written ``look_back`` ago or later; what only gets older is written once
    in ``write_interval``. Attempts wait at the broker for ``fetch_patience`` at most, or until there are many.
    After trouble with Kafka he begins anew ``retry_after``.
    """

    bootstrap_servers: str
    instance_id: str
    rules: HealthRules = field(default_factory=HealthRules)
    tick: timedelta = timedelta(seconds=10)
    write_interval: timedelta = timedelta(minutes=1)
    fetch_patience: timedelta = timedelta(seconds=1)
    retry_after: timedelta = timedelta(seconds=5)
    attempts: str = ATTEMPTS.name
    attempts_partitions: int = ATTEMPTS.partitions
    health: str = HEALTH.name
    alerts: str = ALERTS.name

    @property
    def look_back(self) -> timedelta:
        return self.rules.window + MARGIN
