"""All that the judge keeps in mind of attempts, by provider and channel."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from delivery.channels import Channel
from delivery.events import MalformedEvent
from delivery.health.judging import NOTHING, News
from delivery.health.lanes import Lane
from delivery.health.rules import HealthRules
from delivery.health.sightings import decode_sighting
from delivery.health.window import EVERYWHERE, Window
from streams.health import metrics

logger = logging.getLogger(__name__)


class Evidence:
    """Bounded, as its windows are: there is one for each channel of a provider.

    No more is taken to have happened than was last heard of anybody: while tracking stands still, or catches up, what
    is under way does not look slow.
    """

    def __init__(self, rules: HealthRules) -> None:
        self._rules = rules
        self._windows: dict[tuple[str, Channel], Window] = {}
        self._horizon = 0.0

    def __len__(self) -> int:
        return sum(len(window) for window in self._windows.values())

    @property
    def windows(self) -> list[tuple[str, Channel]]:
        """By provider and channel."""
        return list(self._windows)

    def take(self, record: ConsumerRecord) -> None:
        """One record of the attempts topic; what cannot be read is counted, and told by those who act on it."""
        try:
            seen = decode_sighting(record.value or b"")
        except MalformedEvent as error:
            metrics.UNREADABLE.labels(record.topic).inc()
            logger.warning("%s/%s/%s: %s", record.topic, record.partition, record.offset, error)
            return
        if seen is None:
            return
        self._horizon = max(self._horizon, seen.updated)
        window = self._windows.get((seen.provider, seen.channel))
        if window is None:
            window = self._windows[seen.provider, seen.channel] = Window(seen.channel, self._rules)
        window.take(seen)

    def begin(self) -> None:
        """Let go of what is older than the window and was read in beginning: whoever judged before has learnt it."""
        for window in self._windows.values():
            window.forget(self._horizon)

    def news(self, provider: str, channel: Channel, now: datetime) -> Mapping[Lane, News]:
        """What one window says by now, by country and everywhere."""
        window = self._windows[provider, channel]
        horizon = min(self._horizon, now.timestamp())
        taught = window.forget(horizon)
        measures = window.measures(horizon)
        return {
            Lane(provider, channel, country): News(
                handed_at=datetime.fromtimestamp(min(window.handed_at[country], now.timestamp()), UTC),
                measure=measures.get(country, NOTHING),
                taught=taught.get(country),
            )
            for country in {EVERYWHERE, *measures, *taught}
            if country in window.handed_at
        }
