"""The judge: the one worker that watches how attempts go, and writes how providers do.

He follows the attempts topic from a while back, so that all that a window holds is found again wherever he begins, and
keeps it in memory alone. All that must outlive him is in the health topic, which he reads to its end before each look,
goes on from, and reads once more after writing: a record counts only where it is the one that holds. So should two take
themselves for the judge for a moment, one of them writes in vain, tells of nothing, and goes on from what the other one
knows. Alerts are told once what they follow from is known; whoever takes over tells those of which the topic of alerts
does not say that they were told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from time import monotonic
from typing import Final, TypeVar

import msgspec

from delivery.health.alerts import MalformedAlert, decode_alert
from delivery.health.anomalies import alerts_of, recent_alerts
from delivery.health.judging import Health, News, judged
from delivery.health.lanes import Lane
from delivery.health.records import GroupShares, HealthRecord, LaneHealth
from streams.health import metrics
from streams.health.config import HealthConfig
from streams.health.evidence import Evidence
from streams.health.follower import Follower
from streams.health.view import View
from streams.health.writer import Writer

LOOK_SECONDS: Final = 30.0
"""For all that one look asks of Kafka."""
AT_ONCE: Final = 200
"""Records decoded before others have a turn."""

Known = TypeVar("Known", LaneHealth, GroupShares)


class Judge:
    """One time of office. ``catch_up`` brings ``view`` to the end of its topic; ``clock`` says the time, in UTC."""

    def __init__(
        self, config: HealthConfig, view: View, catch_up: Callable[[], Awaitable[None]], clock: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._view = view
        self._catch_up = catch_up
        self._clock = clock
        self._evidence = Evidence(config.rules)
        self._held = Health()
        """What is known by now: what was written, and what is not worth writing yet."""

    async def serve(self, judges: Callable[[], bool]) -> None:
        """Judge for as long as he is the judge. Raises ``KafkaError`` and ``TimeoutError`` where Kafka is away."""
        config = self._config
        since = self._clock() - config.look_back
        attempts = Follower(
            config.bootstrap_servers,
            config.attempts,
            partitions=config.attempts_partitions,
            since=since,
            patience=min(config.fetch_patience, config.tick),
        )
        async with attempts, Writer(config) as writer:
            await self._read_what_is_there(attempts, judges)
            await self._tell_what_was_not(writer, since)
            due = monotonic()
            while judges():
                if monotonic() >= due:
                    due = monotonic() + config.tick.total_seconds()
                    await self._look(writer)
                await self._read(attempts)

    async def _read_what_is_there(self, attempts: Follower, judges: Callable[[], bool]) -> None:
        ends = await attempts.ends()
        while judges() and not await attempts.is_at(ends):
            await self._read(attempts)
        self._evidence.begin()

    async def _read(self, attempts: Follower) -> None:
        records = await attempts.records()
        for begin in range(0, len(records), AT_ONCE):
            for record in records[begin : begin + AT_ONCE]:
                self._evidence.take(record)
            await asyncio.sleep(0)

    async def _tell_what_was_not(self, writer: Writer, since: datetime) -> None:
        await self._catch_up()
        lately = [alert for lane in self._view.known.lanes.values() for alert in recent_alerts(lane, since)]
        if lately:
            told = await self._told(since)
            await writer.tell(alert for alert in lately if alert.record_id not in told)

    async def _told(self, since: datetime) -> set[str]:
        told: set[str] = set()
        async with Follower(self._config.bootstrap_servers, self._config.alerts, since=since) as alerts:
            ends = await alerts.ends()
            while not await alerts.is_at(ends):
                for record in await alerts.records():
                    try:
                        told.add(decode_alert(record.value or b"").record_id)
                    except MalformedAlert:
                        metrics.UNREADABLE.labels(record.topic).inc()
        return told

    async def _look(self, writer: Writer) -> None:
        """Judge by all that is known now, write what is new, and tell what opened or closed."""
        began = monotonic()
        async with asyncio.timeout(LOOK_SECONDS):
            await self._catch_up()
            self._hold_what_holds()
            before = dict(self._view.known.lanes)
            now = self._clock()
            self._held, gone = judged(self._held, await self._news(now), now, self._config.rules)
            written = [self._signed(record) for record in list(self._due(now))]
            gone = [key for key in gone if self._view.version(key)]
            if written or gone:
                await writer.write(written, gone)
                await self._catch_up()
            holding = [each for each in written if isinstance(each, LaneHealth) and self._view.holds(each)]
            await writer.tell(alert for each in holding for alert in alerts_of(before.get(each.lane), each))
        metrics.FOLLOWED.set(len(self._evidence))
        metrics.LOOKED_AT.set(now.timestamp())
        metrics.LOOK_SECONDS.set(monotonic() - began)

    def _hold_what_holds(self) -> None:
        """Go on from what the topic says, and from what was learnt since where that is what was written last."""
        held, known = self._held, self._view.known
        lanes, groups = known.lanes, known.groups
        self._held = Health(
            lanes={lane: _held_or_known(held.lanes.get(lane), its) for lane, its in lanes.items()},
            groups={group: _held_or_known(held.groups.get(group), its) for group, its in groups.items()},
        )

    async def _news(self, now: datetime) -> dict[Lane, News]:
        news: dict[Lane, News] = {}
        for provider, channel in self._evidence.windows:
            news.update(self._evidence.news(provider, channel, now))
            await asyncio.sleep(0)
        return news

    def _due(self, now: datetime) -> Iterable[HealthRecord]:
        """What is new, and what was not written for a while."""
        known = self._view.known
        for lane in self._held.lanes.values():
            before = known.lanes.get(lane.lane)
            if before is None or now - before.at >= self._config.write_interval or _alarming(before) != _alarming(lane):
                yield lane
        for group in self._held.groups.values():
            its = known.groups.get(group.group)
            if its is None or _points(its) != _points(group):
                yield group

    def _signed(self, record: HealthRecord) -> HealthRecord:
        version = self._view.version(record.key) + 1
        signed = msgspec.structs.replace(record, version=version, judge=self._config.instance_id)
        self._held.take(signed)
        return signed


def _held_or_known(held: Known | None, known: Known) -> Known:
    """What is held goes on from what is known wherever it has its version and its judge."""
    return held if held and (held.version, held.judge) == (known.version, known.judge) else known


def _alarming(health: LaneHealth) -> object:
    return {kind: (watch.since, watch.opened_at, watch.closed_at) for kind, watch in health.watches.items()}


def _points(its: GroupShares) -> object:
    return its.shares, its.resting
