"""Sending while dispatchers are killed: nobody gets a message twice, none is lost, and what is in doubt is listed.

A real Kafka, every role as a process of its own, and the simulated providers behind HTTP: what they took is the truth.
Each message has a recipient of its own, so that one taken twice shows, whatever reference its provider carries.
"""

import asyncio
import contextlib
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from delivery.phases import Phase
from tests.sending_stack import SendingStack, sending_stack, until

pytestmark = [pytest.mark.timeout(600), pytest.mark.first]

SENDS = 5_000
LATE = 400
"""Of them, asked for when the second dispatcher has taken over."""
KILLS = 10
SEED = 20261122
WORLD = {
    "seed": SEED,
    "speed": 20,
    "magic_numbers": False,
    "mix": {"delivered": 1},
    "replies": 0,
    "callbacks": {"duplicated": 0.02, "early": 0.05, "reordered": 0.02},
    "http": {"busy": 0.005, "retry_after_seconds": 1},
}
DISPATCH = {
    "dispatch.connect_seconds": "1",
    "dispatch.answer_seconds": "2",
    "dispatch.lease_seconds": "3",
    "providers.*.rate_per_second": "60",
    "providers.*.concurrency": "8",
}
LOOKED_UP = "ainumber"
"""The dispatcher itself asks this one what became of doubts, and it may answer at any time."""
KINDS: tuple[Mapping[str, Any], ...] = (
    {"provider": "mensatek", "channel": "sms", "text": "Su cita", "sender": "ACUSE"},
    {"provider": "altiria", "channel": "sms", "text": "Su cita"},
    {"provider": "messente", "channel": "sms", "text": "Su cita", "sender": "ACUSE"},
    {"provider": "ainumber", "channel": "whatsapp", "template": {"name": "otp", "language": "es"}},
    {"provider": "enviosms", "channel": "sms", "text": "Su cita"},
    {"provider": "altiria", "channel": "voice", "text": "Su cita"},
    {"provider": "mensatek", "channel": "sms", "text": "Su cita", "options": {"unicode": True}},
    {"provider": "messente", "channel": "viber", "text": "Su cita", "sender": "ACUSE"},
    {"provider": "ainumber", "channel": "whatsapp", "template": {"name": "otp", "language": "es"}},
    {"provider": "enviosms", "channel": "sms", "text": "Su cita", "options": {"flash": True}},
    {
        "provider": "altiria",
        "channel": "email",
        "text": "Su cita",
        "sender": "a@example.com",
        "options": {"subject": "Cita"},
    },
)


def order(number: int) -> dict[str, Any]:
    """One of each kind in turn, to somebody who gets no other."""
    asked = dict(KINDS[number % len(KINDS)])
    if "template" in asked:
        asked["template"] = {**asked["template"], "parameters": {"code": str(number)}}
    asked["to"] = f"p{number}@example.com" if asked["channel"] == "email" else f"+34600{number:06d}"
    return asked


@dataclass
class Account:
    """Everything that is known at one moment: who has got how many, and by message id the attempts and the doubts."""

    recipients: dict[str, str]
    taken: Counter[str]
    attempts: dict[str, list[str]]
    doubts: set[str]

    def at_fault(self) -> list[tuple[str, int, list[str], bool]]:
        """Messages that are neither taken once, with the one attempt that says so, nor listed as in doubt."""
        return [
            (message_id, taken, attempts, message_id in self.doubts)
            for message_id, recipient in self.recipients.items()
            for taken, attempts in [(self.taken[recipient], self.attempts.get(message_id, []))]
            if max(taken, len(attempts)) > 1 or bool(taken and attempts) is (message_id in self.doubts)
        ]


async def account_of(stack: SendingStack, recipients: dict[str, str]) -> Account:
    """As soon as callbacks and tracking have told all that there is to tell; what is at fault then, stays so.

    A dispatcher may find out about a doubt while all this is asked for, so that it is asked for anew.
    """
    found = await now(stack, recipients, set())

    async def all_is_told() -> bool:
        nonlocal found
        found = await now(stack, recipients, in_doubt(stack))
        if not found.at_fault():  # which is asked for quickly
            found = await now(stack, recipients, {doubt.message_id for doubt in await stack.doubts()})
        return not found.at_fault()

    with contextlib.suppress(pytest.fail.Exception):
        await until(all_is_told, "all is told", 90)
    return found


async def now(stack: SendingStack, recipients: dict[str, str], doubts: set[str]) -> Account:
    taken = Counter(message["recipient"] for message in await stack.simulators.messages())
    attempts = defaultdict(list)
    for key, attempt in stack.told.attempts.items():
        attempts[attempt.message_id].append(key)
    return Account(recipients, taken, attempts, doubts)


def in_doubt(stack: SendingStack) -> set[str]:
    """As far as calls tell; a callback may have told more."""
    sent = {attempt.message_id for attempt in stack.told.attempts.values()}
    doubts = {decision.split("/")[0] for decision, entry in stack.told.calls.items() if entry.phase is Phase.DOUBT}
    return doubts - sent


async def told_alike(stack: SendingStack) -> bool:
    return await stack.doubts_in_query_api() == {doubt.message_id for doubt in await stack.doubts()}


async def kill_again_and_again(stack: SendingStack, chance: random.Random) -> None:
    """Each time so many more messages were taken, and a moment later."""
    for number in range(1, KILLS + 1):
        due = (SENDS - LATE) * number // (KILLS + 1) - chance.randrange(SENDS // 100)

        async def reached(due: int = due) -> bool:
            return await stack.simulators.taken() >= due

        await until(reached, f"{due} messages taken", 150)
        await asyncio.sleep(chance.uniform(0, 0.3))  # so that any moment of a call may be the last
        process = stack.dispatcher()
        assert process is not None
        process.kill()
        await until(another_than(stack, process.pid), "a successor", 90)


def another_than(stack: SendingStack, pid: int) -> Any:
    async def succeeded() -> bool:
        process = stack.dispatcher()
        return process is not None and process.pid != pid

    return succeeded


async def concluded(stack: SendingStack, count: int) -> None:
    async def all_ended() -> bool:
        return stack.told.count(Phase.DONE) + stack.told.count(Phase.DOUBT) >= count

    await until(all_ended, f"{count} messages are done or in doubt", 250)


async def acuse(stack: SendingStack, *arguments: str) -> str:
    """The command, as an operator runs it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "acuse", *arguments, "--data", str(stack.running.data), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def settle_by_looking(stack: SendingStack, recipients: dict[str, str], doubts: list[str]) -> tuple[int, int]:
    """As an operator does: look each up at its provider, and tell what was found. Returns how many were sent and not.

    The first of either finding is told by command.
    """
    at_provider = {message["recipient"]: message["id"] for message in await stack.simulators.messages()}
    refs = {message_id: at_provider.get(recipients[message_id]) for message_id in doubts}
    sent = [(message_id, ref) for message_id, ref in refs.items() if ref]
    not_sent = [message_id for message_id, ref in refs.items() if not ref]
    for message_id, ref in sent[:1]:
        await acuse(stack, "settle", message_id, "sent", "--ref", ref)
    for message_id in not_sent[:1]:
        await acuse(stack, "settle", message_id, "not_sent", "--resend")
    await asyncio.gather(
        *(stack.settle(message_id, finding="sent", ref=ref) for message_id, ref in sent[1:]),
        *(stack.settle(message_id, finding="not_sent", resend=True) for message_id in not_sent[1:]),
    )
    return len(sent), len(not_sent)


async def cut_off_and_wake_up(stack: SendingStack, late: list[dict[str, Any]], log: Path) -> list[str]:
    """A dispatcher is stopped in the midst of its calls, and goes on when another one has taken over."""
    before = await stack.simulators.taken()

    async def sends_again() -> bool:
        return await stack.simulators.taken() > before + LATE // 4

    await until(sends_again, "the last one's successor sends", 90)
    stopped = stack.dispatcher()
    assert stopped is not None
    stopped.send_signal(signal.SIGSTOP)
    async with stack.another_dispatcher(log):
        before = await stack.simulators.taken()
        ids = await stack.send(late, "late")
        await until(sends_again, "the other one sends", 90)
        stopped.send_signal(signal.SIGCONT)
        await concluded(stack, SENDS)
    return ids


async def test_killed_ten_times_the_dispatcher_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    async with sending_stack(tmp_path / "data", WORLD, DISPATCH) as stack:
        orders = [order(number) for number in range(SENDS)]
        ids = await stack.send(orders[:-LATE], "early")
        await kill_again_and_again(stack, random.Random(SEED))
        ids += await cut_off_and_wake_up(stack, orders[-LATE:], tmp_path / "another.log")
        recipients = dict(zip(ids, (asked["to"] for asked in orders), strict=True))
        provider_of = dict(zip(ids, (asked["provider"] for asked in orders), strict=True))
        assert len(recipients) == SENDS

        found = await account_of(stack, recipients)
        assert found.at_fault() == []
        listed = [msgspec.json.decode(line)["message_id"] for line in (await acuse(stack, "doubts")).splitlines()]
        assert set(listed) <= found.doubts, "what was not in doubt is listed"
        assert {provider_of[doubt] for doubt in found.doubts.difference(listed)} <= {LOOKED_UP}

        await until(lambda: told_alike(stack), "the query API tells the same doubts", 90)

        sent, resent = await settle_by_looking(stack, recipients, listed)
        assert sent
        assert resent
        await concluded(stack, SENDS + len(listed) + resent)
        settled = await account_of(stack, recipients)
        assert settled.at_fault() == []
        assert settled.doubts == set()
        await until(lambda: told_alike(stack), "the query API tells of no doubt", 90)
        assert (await stack.simulators.state())["twice"] == []
