"""Failing over while its workers are killed: every message comes to an end, nothing is sent twice, every timer is kept.

A real Kafka, every role as a process of its own, and the simulated providers behind HTTP, of whose callbacks some are
lost and many are late. The ready-made plans, with times of seconds. Each message has a recipient of its own.
"""

import asyncio
import contextlib
import itertools
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from acuse.demo.plans import PRICES, demo_plans
from acuse.local.plan import DISPATCH, STREAM
from acuse.local.ports import HOST
from acuse.local.probes import http_trouble
from delivery import topics
from delivery.decisions import (
    Decision,
    EndDecision,
    OutcomeDecision,
    SendDecision,
    WaitDecision,
    Why,
    decode_decision,
    step_reference,
)
from tests.sending_stack import SendingStack, sending_stack, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.alone]

MESSAGES = int(os.environ.get("FAILOVER_MESSAGES", "5000"))
"""Set in the environment, as SEED may be, for a shorter run or another story."""
UNDER_WAY = 900
"""No more at once: a plan's time would be over before its message's turn came."""
AT_ONCE = 100
SPREAD_SECONDS = 70
SESSION_SECONDS = 10.0
"""How long the partitions of a worker that left stay with it, should it come back."""
MEETING_SECONDS = 3.0
KILLS = 4
"""Of either role, at least."""
SEED = int(os.environ.get("FAILOVER_SEED", "20261122"))
TTL_SECONDS = 8
PROVES_LATENESS = "FAILOVER_PROVES_LATENESS" in os.environ
"""Set where the machine does nothing else: how late a timer is says as much of the machine as of the worker. That every
timer is kept, and none too early, is looked at in any case, and the seconds are told.
"""
LATENESS_SECONDS = 2.0
BUSY_LATENESS_SECONDS = 4.0
"""For one in ten: a worker that has just started shares two processors with seven other processes."""
SETTLED_SECONDS = 240
"""So long only where it never comes about."""
WORLD = {
    "seed": SEED,
    "magic_numbers": False,
    "mix": {
        "delivered": 0.76,
        "seen": 0.04,
        "silent": 0.03,
        "revised": 0.02,
        "retried": 0.02,
        "unknown_number": 0.03,
        "absent_subscriber": 0.03,
        "opted_out": 0.02,
        "handset_full": 0.02,
        "network_error": 0.02,
        "refused": 0.01,
    },
    "delivery": {"median_seconds": 1.5, "spread": 0.8, "off_share": 0.05, "off_median_seconds": 12},
    "held_up_seconds": 9,
    "given_up_seconds": [6, 14],
    "replies": 0,
    "windows": 0.3,
    "not_on_channel": {"viber": 0.25, "whatsapp": 0.1},
    "callbacks": {
        "lost": 0.05,
        "late": 0.2,
        "late_seconds": 10,
        "duplicated": 0.02,
        "early": 0.02,
        "reordered": 0.02,
        "retry_seconds": [1, 2, 4, 8],
    },
    "http": {"busy": 0.003, "retry_after_seconds": 1},
}
SETTINGS = {
    "dispatch.connect_seconds": "1",
    "dispatch.answer_seconds": "2",
    "dispatch.lease_seconds": "3",
    "providers.*.rate_per_second": "150",
    "providers.*.concurrency": "16",
    **{f"prices.{name}.{channel}": price for name, own in PRICES.items() for channel, price in own.items()},
}
OURS = "+34600000000"
SMS = {"text": "Su cita", "sender": "ACUSE"}
KINDS: tuple[Mapping[str, Any], ...] = (
    {"plan": "viber-sms", "text": "Su cita"},
    {
        "plan": "whatsapp-sms",
        "text": "Su cita",
        "template": {"name": "appointment_reminder", "language": "es"},
    },
    {
        "plan": "sms-voice",
        "text": "Su cita",
        "voice": {"text": "Su cita", "language": "es-ES"},
        "contents": {"sms": {"sender": "ACUSE"}, "voice": {"sender": OURS}},
    },
    {"plan": "sms-fail2voice", **SMS, "options": {"mensatek": {"remitentevoz": OURS, "lenguajevoz": "es-ES"}}},
    {"plan": "omnichannel", "text": "Su cita"},
    {"plan": "sms-sms", **SMS},
)


def plans() -> dict[str, str]:
    """As settings; their steps have shorter times still than the demo's."""

    def hurried(plan: Mapping[str, Any]) -> dict[str, Any]:
        *others, last = plan["steps"]
        steps = [{**step, "ttl": TTL_SECONDS} for step in others] + [{**last, "ttl": 2 * TTL_SECONDS}]
        for step in steps:
            if "provider_ttl" in step:
                step["provider_ttl"] = TTL_SECONDS
        return {**plan, "steps": steps}

    return {f"plans.{name}": msgspec.json.encode(hurried(plan)).decode() for name, plan in demo_plans().items()}


def order(number: int) -> dict[str, Any]:
    asked = dict(KINDS[number % len(KINDS)])
    if "template" in asked:
        parameters = {"first_name": "Ana", "date": f"lunes ({number})"}
        asked["template"] = {**asked["template"], "parameters": parameters}
    return asked | {"to": f"+34601{number:06d}"}


@dataclass
class Decided:
    """The first record of each decision, as the decisions topic has them, by message."""

    decisions: dict[str, dict[str, Decision]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    copies: int = 0

    async def follow(self, bootstrap_servers: str) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            places = [TopicPartition(topics.DECISIONS.name, number) for number in range(topics.DECISIONS.partitions)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        self._note(decode_decision(record.value))
        finally:
            await consumer.stop()

    def _note(self, decision: Decision) -> None:
        its = self.decisions.setdefault(decision.message_id, {})
        self.copies += decision.decision_id in its
        its.setdefault(decision.decision_id, decision)
        if isinstance(decision, EndDecision):
            self.ended.add(decision.message_id)

    def sends(self, message_id: str) -> list[SendDecision]:
        """In the order of the steps."""
        found = [each for each in self.decisions.get(message_id, {}).values() if isinstance(each, SendDecision)]
        return sorted(found, key=lambda each: (each.step, each.tries))

    @property
    def every(self) -> list[Decision]:
        return [decision for its in self.decisions.values() for decision in its.values()]


@dataclass
class Run:
    """``down`` are the times during which a streams worker was away, or partitions changed hands: from, until."""

    stack: SendingStack
    decided: Decided
    ids: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: list[tuple[datetime, datetime]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    @property
    def under_way(self) -> int:
        return len(self.ids) - len(self.decided.ended & self.ids.keys())

    async def ask(self) -> None:
        """For all of them, evenly, but that no more are under way than may be."""
        began = time.monotonic()
        for batch in range(0, MESSAGES, AT_ONCE):
            await asyncio.sleep(began + SPREAD_SECONDS * batch / MESSAGES - time.monotonic())

            async def room() -> bool:
                return self.under_way < UNDER_WAY

            await until(room, "some messages have come to their end", 240)
            orders = [order(number) for number in range(batch, min(batch + AT_ONCE, MESSAGES))]
            ids = await self.stack.send(orders, f"batch-{batch}")
            self.ids.update(zip(ids, orders, strict=True))

    async def kill_again_and_again(self, chance: random.Random) -> None:
        """Until all are asked for, and so many were killed."""
        for role in itertools.cycle((STREAM, DISPATCH)):
            if len(self.ids) == MESSAGES and min(self.kills[STREAM], self.kills[DISPATCH]) >= KILLS:
                return
            await asyncio.sleep(chance.uniform(1, 3))  # so that any moment may be the last
            process = self.stack.process(role)
            assert process is not None
            died_at = datetime.now(UTC)
            process.kill()
            await self.another_than(role, process.pid)
            self.kills[role] += 1
            if role == STREAM:
                self.down.append((died_at, datetime.now(UTC)))

    async def another_than(self, role: str, pid: int) -> None:
        ports = msgspec.json.decode((self.stack.running.data / "ports.json").read_bytes())
        trouble = http_trouble(f"http://{HOST}:{ports[role]}")

        async def ready() -> bool:
            process = self.stack.process(role)
            return process is not None and process.pid != pid and await trouble() is None

        await until(ready, f"another {role}", 150)

    async def join_and_leave(self, log: Path) -> None:
        """A second streams worker, while a quarter of the messages is asked for.

        One that ends by itself, as it does where it finds that it missed something, is started again.
        """
        await until(self.asked(MESSAGES // 4), "a quarter is asked for", 400)
        since = datetime.now(UTC)
        while len(self.ids) < MESSAGES // 2:
            async with self.stack.another_worker(log) as process:
                self.kills["second worker started"] += 1
                self.down.append((since, datetime.now(UTC)))

                async def over(process: asyncio.subprocess.Process = process) -> bool:
                    return process.returncode is not None or len(self.ids) >= MESSAGES // 2

                await until(over, "half is asked for", 400)
                since = datetime.now(UTC)
        # Its partitions are the other one's when its session is over and the group has met.
        self.down.append((since, datetime.now(UTC) + timedelta(seconds=SESSION_SECONDS + MEETING_SECONDS)))

    def asked(self, number: int) -> Any:
        async def reached() -> bool:
            return len(self.ids) >= number

        return reached

    def held(self) -> list[WaitDecision]:
        """Sendings of which nobody can tell, of messages that are not over."""
        return [
            each
            for each in self.decided.every
            if isinstance(each, WaitDecision) and each.why is Why.HELD and each.message_id not in self.decided.ended
        ]

    async def come_to_an_end(self, *, or_held: bool) -> None:
        """``or_held``: what was under way when a dispatcher died, and was not heard of since."""

        async def over() -> bool:
            held = {each.message_id for each in self.held()} if or_held else set()
            return held >= self.ids.keys() - self.decided.ended

        with contextlib.suppress(pytest.fail.Exception):
            await until(over, "every message comes to an end", SETTLED_SECONDS)

    async def settle_what_is_held(self) -> int:
        """As an operator does who looks it up at the provider."""
        at_provider = {}
        for message in await self.stack.simulators.messages():
            at_provider[message["recipient"], message["provider"], message["channel"]] = message["id"]
        held = self.held()
        for each in held:
            [send] = [s for s in self.decided.sends(each.message_id) if (s.step, s.tries) == (each.step, each.tries)]
            ref = at_provider.get((send.order.personal.to, send.order.provider, send.order.channel.value))
            finding = {"finding": "sent", "ref": ref} if ref else {"finding": "not_sent"}
            await self.stack.settle(each.message_id, step=each.step, tries=each.tries, **finding)
        return len(held)

    def too_early(self) -> list[Decision]:
        """What a timer decided before its time."""
        return [each for each in self.decided.every if (timer := timer_of(each)) and each.decided_at < timer]

    def lateness(self) -> list[tuple[float, Decision]]:
        """By how many seconds each timer was kept too late, from when the workers were up.

        What was held went on when somebody could tell more, long after its time: that it was held is what counts.
        """
        late = []
        was_held = {
            each.message_id for each in self.decided.every if isinstance(each, WaitDecision) and each.why is Why.HELD
        }
        for decision in self.decided.every:
            timer = timer_of(decision)
            if timer is None or (decision.message_id in was_held and decision.why is not Why.HELD):
                continue
            since = timer
            for died_at, up_at in sorted(self.down):
                if died_at <= decision.decided_at and up_at > since:
                    since = up_at
            late.append(((decision.decided_at - since).total_seconds(), decision))
        return sorted(late, key=lambda each: each[0])


def timer_of(decision: Decision) -> datetime | None:
    """The time that it waited for, where a timer brought it about."""
    return decision.grounds.timer if decision.grounds else None


@contextlib.asynccontextmanager
async def following(stack: SendingStack) -> AsyncIterator[Decided]:
    decided = Decided()
    task = asyncio.create_task(decided.follow(stack.running.bootstrap_servers))
    try:
        yield decided
    finally:
        task.cancel()
        await asyncio.wait([task])


async def stored(stack: SendingStack, kind: str) -> set[str]:
    """The ids of what the query API tells was decided."""
    found: set[str] = set()
    asked: dict[str, Any] = {"kind": kind, "limit": 500}
    while asked.get("cursor", "first"):
        answer = await stack.client.get(f"{stack.running.dashboards_url}/v1/decisions", params=asked, timeout=60)
        assert answer.status_code == httpx2.codes.OK, answer.text
        found |= {each["decision_id"] for each in answer.json()["decisions"]}
        asked["cursor"] = answer.json()["next_cursor"]
    return found


def twice(taken: list[dict[str, Any]], run: Run) -> list[tuple[Any, ...]]:
    """What a provider was given more often than was decided: by recipient, provider and channel of the first leg."""
    given = Counter(
        (message["recipient"], message["provider"], message["channel"])
        for message in taken
        if message["leg"] == 0 and not message["refused"]
    )
    wanted = Counter(
        (send.order.personal.to, send.order.provider, send.order.channel.value)
        for message_id in run.ids
        for send in run.decided.sends(message_id)
    )
    return [(*place, times, wanted[place]) for place, times in given.items() if times > wanted[place]]


async def test_killed_again_and_again_every_message_comes_to_its_end_once(tmp_path: Path) -> None:
    began = time.monotonic()
    async with sending_stack(tmp_path / "data", WORLD, SETTINGS | plans()) as stack, following(stack) as decided:
        run = Run(stack, decided)
        async with asyncio.TaskGroup() as together:
            together.create_task(run.kill_again_and_again(random.Random(SEED)))
            together.create_task(run.join_and_leave(tmp_path / "another.log"))
            await run.ask()
        await run.come_to_an_end(or_held=True)
        held = await run.settle_what_is_held()
        await run.come_to_an_end(or_held=False)
        await asyncio.sleep(1)
        sys.stderr.write(figures(run, held, time.monotonic() - began) + "\n")

        assert [message_id for message_id in run.ids if message_id not in decided.ended] == []
        assert (await stack.simulators.state())["twice"] == []
        assert twice(await stack.simulators.messages(), run) == []
        assert run.too_early() == []
        if PROVES_LATENESS:
            late = run.lateness()
            assert [each for each in late if each[0] > BUSY_LATENESS_SECONDS] == []
            assert late[len(late) * 9 // 10][0] <= LATENESS_SECONDS
        for message_id in run.ids:
            in_order(run, message_id)
        await every_decision_has_its_record(run)


def in_order(run: Run, message_id: str) -> None:
    """Steps follow one another, none before its time and none after success was known."""
    sends = run.decided.sends(message_id)
    for before, after in itertools.pairwise(sends):
        assert (after.step, after.tries) in {(before.step + 1, 0), (before.step, before.tries + 1)}
        if after.why is Why.TTL:
            assert before.expires_at is not None
            assert after.decided_at >= before.expires_at
        attempts = [
            attempt
            for attempt in run.stack.told.attempts.values()
            if attempt.message_id == message_id and (attempt.step, attempt.tries) == (before.step, before.tries)
        ]
        assert after.why is not Why.FAILED or all(attempt.final for attempt in attempts)
    decisions = list(run.decided.decisions[message_id].values())
    over = [number for number, each in enumerate(decisions) if each.why is Why.SUCCEEDED]
    if over:
        assert not any(isinstance(each, SendDecision) for each in decisions[over[0] :])
    references = {step_reference(message_id, send.step, send.tries) for send in sends}
    assert len(references) == len(sends)


async def every_decision_has_its_record(run: Run) -> None:
    """What is heard late is still decided meanwhile, so that both sides are looked at anew each time."""
    for kind in ("send", "wait", "end", "outcome", "cancel", "settle", "poll"):
        apart: set[str] = set()

        def told(kind: str = kind) -> list[Decision]:
            return [each for each in run.decided.every if type(each).__name__ == f"{kind.title()}Decision"]

        async def all_stored(kind: str = kind, apart: set[str] = apart) -> bool:
            in_store = await stored(run.stack, kind)
            apart.clear()
            apart.update(in_store ^ {each.decision_id for each in told(kind)})
            return not apart

        try:
            await until(all_stored, f"the query API tells every {kind}", 150)
        finally:
            if apart:
                sys.stderr.write(f"told or stored only, of {len(told())}: {sorted(apart)[:20]}\n")
        assert kind in {"cancel", "settle", "poll"} or all(each.grounds for each in told())


def figures(run: Run, held: int, seconds: float) -> str:
    """What pytest shows of a run that fails, or of any with -rP."""
    late = [each for each, _ in run.lateness()]
    whys = Counter(f"{type(each).__name__}:{each.why}" for each in run.decided.every)
    outcomes = Counter(str(each.outcome) for each in run.decided.every if isinstance(each, OutcomeDecision))
    stages = Counter(str(attempt.stage) for attempt in run.stack.told.attempts.values())
    down = [f"{died_at:%H:%M:%S} {(up_at - died_at).total_seconds():.1f} s" for died_at, up_at in run.down]
    lines = [
        f"{len(run.ids)} messages in {seconds:.0f} s; killed {dict(run.kills)}; {held} held and settled",
        f"decisions {sum(whys.values())} and {run.decided.copies} repetitions: {dict(sorted(whys.items()))}",
        f"outcomes {dict(outcomes)}; attempts {dict(stages)}; streams away {down}",
    ]
    if late:
        middle, last = late[len(late) // 2], late[len(late) * 99 // 100]
        latest = [
            f"{each:.2f} {decision.decision_id} {decision.why} at {decision.decided_at:%H:%M:%S}"
            for each, decision in run.lateness()[-12:]
        ]
        lines.append(f"timers {len(late)}: median {middle:.2f} s, p99 {last:.2f} s late; {latest}")
    return "\n".join(lines)
