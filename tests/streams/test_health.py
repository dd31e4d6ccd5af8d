"""Providers' health on a real broker: one judge, whoever that is at the time, and what everybody knows of it."""

import asyncio
import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from delivery.attempts import fold
from delivery.channels import Channel
from delivery.decisions import SendDecision
from delivery.events import Payload, Personal, Send, Source, Status
from delivery.health.alerts import AlertKind, AlertState, decode_alert
from delivery.health.lanes import Group
from delivery.health.records import GroupShares, LaneHealth, decode_health
from delivery.health.rules import AlertRules, HealthRules, ShareRules
from delivery.orders import Order, OrderPersonal
from delivery.plans import Choice, Pick, Plan, PlannedStep
from delivery.reasons import Reason
from delivery.requests import MessageRequest
from delivery.stages import Stage
from delivery.standing import Attempt, describe, encode_record
from delivery.topics import ALERTS, ATTEMPTS, HEALTH
from streams.health.config import HealthConfig
from streams.health.service import HealthService
from tests.plugins.streams_ground import Topics

SMS = Group(Channel.SMS)
CHOICES = [
    Choice(order=Order(provider=provider, channel=Channel.SMS, personal=OrderPersonal(to="+34600000000"), country="ES"))
    for provider in ("mensatek", "messente")
]


def attempt(provider: str, number: int, ago: float, stage: Stage | None, *, after: float = 3.0) -> Attempt:
    """Handed over so many seconds ago, and ``after`` seconds later told to be ``stage``."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    common = {
        "provider": provider,
        "ref": f"r{number}",
        "channel": Channel.SMS,
        "country": "ES",
        "payload": Payload(sha256="0"),
        "personal": Personal(),
    }
    state = fold(None, Send(**common, source=Source.CALL, received_at=at, message_id=str(uuid.UUID(int=number))))
    if stage:
        reason = Reason.PROVIDER_ERROR if stage is Stage.UNDELIVERED else None
        then = at + timedelta(seconds=after)
        state = fold(state, Status(**common, source=Source.WEBHOOK, received_at=then, stage=stage, reason=reason))
    return describe(state, version=1 + bool(stage), month="2026-11")


class HealthGround(Topics):
    """Topics of a test's own, and services that may stop and begin anew."""

    def __init__(self, broker, directory) -> None:
        name = f"t{uuid.uuid4().hex[:8]}"
        self.names = {f"{name}.attempts": ATTEMPTS, f"{name}.health": HEALTH, f"{name}.alerts": ALERTS}
        self.attempts, self.health, self.alerts = self.names
        self.running: list[tuple[HealthService, asyncio.Task[None]]] = []
        super().__init__(broker, directory, self.names)

    def config(self, name: str, rules: HealthRules) -> HealthConfig:
        return HealthConfig(
            bootstrap_servers=self.broker.bootstrap_servers,
            instance_id=name,
            rules=rules,
            tick=timedelta(seconds=0.2),
            write_interval=timedelta(seconds=0.5),
            fetch_patience=timedelta(seconds=0.1),
            retry_after=timedelta(seconds=0.2),
            attempts=self.attempts,
            health=self.health,
            alerts=self.alerts,
        )

    def begin(self, name: str, rules: HealthRules, *, judges: bool = True) -> HealthService:
        service = HealthService(self.config(name, rules))
        self.running.append((service, asyncio.create_task(service.run(lambda: judges))))
        return service

    async def stop(self, service: HealthService) -> None:
        service.stop()
        for each, task in self.running:
            if each is service:
                async with asyncio.timeout(60):
                    await task

    async def tell(self, *attempts: Attempt) -> None:
        await self.write(self.attempts, [(each.message_id.encode(), encode_record(each)) for each in attempts])

    async def told(self) -> list[tuple[AlertKind, AlertState, str, str]]:
        alerts = [decode_alert(record.value) for record in await self.read(self.alerts)]
        return [(each.about, each.state, str(each.lane), each.alert_id) for each in alerts]

    async def moves(self, group: Group = SMS) -> list[GroupShares]:
        records = [decode_health(record.value) for record in await self.read(self.health) if record.value]
        return [each for each in records if isinstance(each, GroupShares) and each.group == group]

    async def close(self) -> None:
        for service, task in self.running:
            service.stop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(task, 60)


@pytest.fixture
async def health_ground(broker, tmp_path) -> AsyncIterator[HealthGround]:
    ground = HealthGround(broker, tmp_path)
    await ground.prepare()
    try:
        yield ground
    finally:
        await ground.close()


QUICK = HealthRules(alerts=AlertRules(open_after=timedelta(seconds=0.5), close_after=timedelta(seconds=0.5)))
NEVER_MOVES = msgspec.structs.replace(QUICK, shares=ShareRules(shift_at=2.0))


async def until(look, seconds: float = 150):
    async def found():
        return look() or None

    return await Topics.eventually(found, seconds)


def bad_day() -> list[Attempt]:
    """Forty of each within ten minutes: those of one are slow, those of the other well."""
    return [
        each
        for number in range(40)
        for each in (
            attempt("mensatek", number, 600 - 12 * number, None),
            attempt("messente", 100 + number, 600 - 12 * number, Stage.DELIVERED),
        )
    ]


async def test_one_judge_moves_shares_and_every_worker_knows(health_ground) -> None:
    ground = health_ground
    judge, other = ground.begin("one", QUICK), ground.begin("two", QUICK, judges=False)
    assert list(other.weigh(CHOICES)) == [50, 50]
    await ground.tell(*bad_day())
    # The judge, too, goes by what is in the topic, so either may know first.
    await until(lambda: all(list(each.weigh(CHOICES)) == [40, 60] for each in (judge, other)))
    assert {each.judge for each in await ground.moves()} == {"one"}
    assert "mensatek gives 10 points" in other.view.known.groups[SMS].why

    async def told():
        return await ground.told() or None

    [(about, state, lane, _)] = await ground.eventually(told)
    assert (about, state, lane) == (AlertKind.LATENCY, AlertState.OPENED, "mensatek/sms")


async def test_who_takes_over_goes_on_from_what_was_known(health_ground) -> None:
    ground = health_ground
    first = ground.begin("one", QUICK)
    await ground.tell(*bad_day())

    async def told():
        return await ground.told() or None

    [opened] = await ground.eventually(told)
    await until(lambda: SMS in first.view.known.groups and first.view.known.groups[SMS].changed_at)
    await ground.stop(first)
    moved = (await ground.moves())[-1]
    second = ground.begin("two", QUICK)
    # They are all delivered by now, late though that is told: the same alert closes that was opened by the other.
    await ground.tell(
        *(
            msgspec.structs.replace(attempt("mensatek", number, 600 - 12 * number, Stage.DELIVERED), version=9)
            for number in range(40)
        )
    )

    async def closed():
        known = await ground.told()
        return known if known[-1][1] is AlertState.CLOSED else None

    assert await ground.eventually(closed) == [opened, (opened[0], AlertState.CLOSED, opened[2], opened[3])]
    assert second.view.known.groups[SMS].shares == moved.shares == {"mensatek": 40, "messente": 60}
    assert [each.changed_at for each in await ground.moves()][-1] == moved.changed_at, "nothing moves within 5 min"


async def test_two_who_both_take_themselves_for_the_judge_decide_as_one(health_ground) -> None:
    ground = health_ground
    services = [ground.begin(name, QUICK) for name in ("one", "two")]
    await ground.tell(*bad_day())
    await until(lambda: all(list(each.weigh(CHOICES)) == [40, 60] for each in services))
    for seconds in (1, 2, 3):
        await ground.tell(attempt("messente", 1000 + seconds, 1, None))

        async def looked(least: int = seconds) -> bool | None:
            records = [each for each in await ground.read(ground.health) if each.value]
            return len(records) >= 8 * least or None

        await ground.eventually(looked)

    async def told() -> list | None:
        return await ground.told() or None

    # Health is written first, and then what follows from it is told.
    assert len(await ground.eventually(told)) == 1
    assert services[0].view.known.groups[SMS] == services[1].view.known.groups[SMS]
    versions = {each.version: each for each in reversed(await ground.moves())}
    assert [sum(each.shares.values()) for each in versions.values()] == [100] * len(versions)
    held = [versions[number].shares["mensatek"] for number in sorted(versions)]
    assert all(before - after <= 10 for before, after in itertools.pairwise(held))
    assert held[-1] == 40


async def test_an_alert_that_was_not_told_before_its_judge_died_is_told_by_the_next(health_ground) -> None:
    ground = health_ground
    first = ground.begin("one", NEVER_MOVES)
    await ground.tell(*bad_day())

    async def told():
        return await ground.told() or None

    [opened] = await ground.eventually(told)
    await ground.stop(first)
    other = HealthGround(ground.broker, ground.directory)
    await other.prepare()
    try:
        # What he knew, in topics where nothing was told.
        known = [(record.key, record.value) for record in await ground.read(ground.health) if record.value]
        await other.write(other.health, known)
        other.begin("two", NEVER_MOVES)

        async def told_again():
            return await other.told() or None

        assert await other.eventually(told_again) == [opened]
    finally:
        await other.close()


async def test_goes_on_after_the_broker_was_away(health_ground) -> None:
    ground = health_ground
    service = ground.begin("one", QUICK)
    await ground.tell(*bad_day())
    await until(lambda: list(service.weigh(CHOICES)) == [40, 60])
    await asyncio.to_thread(ground.broker.stop)
    assert list(service.weigh(CHOICES)) == [40, 60]
    await asyncio.to_thread(ground.broker.start)
    since = datetime.now(UTC)
    await until(lambda: all(each.at > since for each in service.view.known.lanes.values()))
    assert service.view.known.groups[SMS].shares == {"mensatek": 40, "messente": 60}


def best_of_both(message_id: str) -> MessageRequest:
    step = PlannedStep(choices=tuple(CHOICES), pick=Pick.BEST)
    return MessageRequest(
        message_id=message_id,
        received_at=datetime.now(UTC),
        order=CHOICES[0].order,
        plan=Plan(steps=(step,), version="1"),
    )


async def test_of_two_workers_one_judges_and_both_send_by_it(health_ground, deciding_ground) -> None:
    ground, deciding = health_ground, deciding_ground
    topics = {"attempts": deciding.topics.attempts, "health": ground.health, "alerts": ground.alerts}
    workers = {
        name: deciding.process(name, deciding=deciding.said(), health={"topics": topics}).start()
        for name in ("one", "two")
    }
    await deciding.write(
        deciding.topics.attempts, [(each.message_id.encode(), encode_record(each)) for each in bad_day()]
    )

    async def judge(other_than: str = "") -> str | None:
        records = [decode_health(record.value) for record in await ground.read(ground.health) if record.value]
        names = [each.judge for each in records if isinstance(each, LaneHealth)]
        return names[-1] if names and names[-1] != other_than else None

    async def moved() -> bool | None:
        return any(each.shares == {"mensatek": 0, "messente": 100} for each in await ground.moves()) or None

    first = await ground.eventually(judge)
    await ground.eventually(moved)
    numbers = itertools.count(1)

    async def sent_by_it() -> bool | None:
        """Messages of every partition, of which both have some; both know of the move a moment after it."""
        ids = [str(uuid.UUID(int=next(numbers))) for _ in range(40)]
        await deciding.ask(*(best_of_both(each) for each in ids))
        decided = await deciding.until_decided(f"{each}/1" for each in ids)
        sends = [each for each in decided if isinstance(each, SendDecision) and each.message_id in ids]
        weights = [list(each.grounds.weights.values()) for each in sends if each.grounds]
        providers = {each.order.provider for each in sends}
        return (providers == {"messente"} and weights == [[0, 100]] * 40) or None

    await deciding.eventually(sent_by_it)
    workers[first].kill()
    assert await ground.eventually(lambda: judge(other_than=first)) != first
    del workers[first]
    for worker in workers.values():
        worker.stop()
