"""What the judge has written of health, as every worker knows it."""

import logging

from aiokafka import ConsumerRecord

from delivery.health.judging import Health
from delivery.health.lanes import Group, Lane
from delivery.health.records import GroupShares, HealthRecord, LaneHealth, MalformedHealth, decode_health
from delivery.health.weights import Factors, factors_of
from streams.health import metrics

logger = logging.getLogger(__name__)


class View:
    """Takes the records of the health topic, in the topic's order; of two of a version, the first one holds."""

    def __init__(self) -> None:
        self.known = Health()
        self.factors: Factors = {}
        self._keys: dict[str, HealthRecord] = {}

    def holds(self, record: HealthRecord) -> bool:
        """Whether this very record is the one that holds for its key."""
        return self._keys.get(record.key) == record

    def version(self, key: str) -> int:
        """Of the record that holds for a key; 0 where there is none."""
        known = self._keys.get(key)
        return known.version if known else 0

    def take(self, record: ConsumerRecord) -> None:
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._forget(key)
            return
        try:
            told = decode_health(record.value)
        except MalformedHealth as error:
            metrics.UNREADABLE.labels(record.topic).inc()
            logger.error("%s/%s: %s", record.topic, record.offset, error)  # noqa: TRY400 - the place says it all
            return
        if told.version > self.version(told.key):
            self._keys[told.key] = told
            self.known.take(told)
            self._changed(told)

    def _forget(self, key: str) -> None:
        match self._keys.pop(key, None):
            case LaneHealth(lane=Lane() as lane):
                self.known.lanes.pop(lane, None)
                metrics.forget_lane(lane)
            case GroupShares(group=Group() as group):
                its = self.known.groups.pop(group)
                self.factors = factors_of(self.known.groups)
                metrics.show_shares(its, ())
            case None:
                pass

    def _changed(self, record: HealthRecord) -> None:
        if isinstance(record, LaneHealth):
            metrics.show_lane(record)
        else:
            self.factors = factors_of(self.known.groups)
            metrics.show_shares(record, tuple(record.shares))
