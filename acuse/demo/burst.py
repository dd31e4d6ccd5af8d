"""One burst: thousands of messages through Acuse to the simulated providers, and what came of them."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from rich.progress import TaskID

from acuse.demo.application import Application
from acuse.demo.checks import Burst, Check, check_burst, equal
from acuse.demo.failover import check_failovers
from acuse.demo.ledger import SimulatorState, Taken
from acuse.demo.patience import Patience
from acuse.demo.readback import SinkCounts, attempts_of, dispatched, sink_counts
from acuse.demo.strays import post_garbage, post_odd_codes
from acuse.demo.theatre import Theatre
from acuse.demo.together import together
from acuse.demo.wanted import Wanted, run_name, wanted
from dashboards.answers import DoubtAnswer, MessageSummary
from dashboards.reports.answers import FailoverReport
from delivery.stages import Stage

MOST_AHEAD: Final = 500
"""So many messages may be accepted and not sent yet: steps of plans have their time, and are not sent after it."""
PATIENCE_SECONDS: Final = 30.0
"""How long nothing new may happen before a wait is given up."""
LOOKS_SECONDS: Final = (8.0, 8.0, PATIENCE_SECONDS)
"""The same each time that what was read back is held against what the providers say at the time."""
RECEIPTS_SECONDS: Final = 30.0
"""How long receipts are waited for once the last message was taken: some people are slow."""
POLL_SECONDS: Final = 0.5
PACE_SECONDS: Final = 0.2
SLOW_SHARE: Final = 0.02
"""So many receipts may be outstanding when the burst ends."""
OWN_SHARE: Final = 0.02
FEWEST_OWN: Final = 10
GARBAGE_SHARE: Final = 0.001
ODD_SHARE: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Played:
    """What a burst was, and how long it took: until all was accepted, until all was called, and altogether."""

    run: str
    burst: Burst
    checks: Sequence[Check]
    callbacks: int
    accepted_seconds: float
    called_seconds: float
    seconds: float
    tries_again: int


@dataclass(slots=True)
class _Bars:
    accepted: TaskID
    called: TaskID
    told: TaskID


@dataclass(slots=True)
class _Player:
    theatre: Theatre
    messages: int
    seed: int
    began: float = field(default_factory=time.monotonic)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    called_before: int = 0
    called: int = 0
    called_seconds: float = 0.0

    async def play(self) -> Played:
        theatre = self.theatre
        with theatre.progress:
            before = await _settled(theatre)
            start, self.called_before = (await theatre.ledger.state()).messages, await dispatched(theatre.dispatch)
            self.began, self.since = time.monotonic(), datetime.now(UTC)
            run = run_name(self.since)
            application, chance = theatre.application(), random.Random(f"{self.seed}/strays")
            bars = self._bars()
            watching = asyncio.create_task(self._watch(bars))
            try:
                garbage = max(1, round(self.messages * GARBAGE_SHARE))
                await self._send(application, run, bars, garbage, chance)
                accepted = time.monotonic()
                await self._until_called(len(application.accepted))
                self.called_seconds = time.monotonic() - self.began
                odd = await self._post_odd_codes(application, start, chance)
                state = await self._until_told()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            burst = await self._read_back(application, start, run, bars)
            checks = [*self._checks(burst), *await self._check_strays(before, garbage, odd)]
        return Played(
            run=run,
            burst=burst,
            checks=checks,
            callbacks=state.callbacks.taken,
            accepted_seconds=accepted - self.began,
            called_seconds=self.called_seconds,
            seconds=time.monotonic() - self.began,
            tries_again=theatre.edge.tries_again,
        )

    def _bars(self) -> _Bars:
        add = self.theatre.progress.add_task
        return _Bars(
            add("Accepted by Acuse", total=self.messages),
            add("Sent to the providers", total=self.messages),
            add("Receipts come back", total=None),
        )

    @property
    def _own(self) -> int:
        return max(FEWEST_OWN, round(self.messages * OWN_SHARE))

    async def _send(self, application: Application, run: str, bars: _Bars, garbage: int, chance: random.Random) -> None:
        progress, theatre = self.theatre.progress, self.theatre
        many = wanted(messages=self.messages, seed=self.seed, run=run)

        async def accepted(count: int) -> None:
            progress.update(bars.accepted, completed=count)
            if count - self.called > MOST_AHEAD:
                await self._until_called(count - MOST_AHEAD, PACE_SECONDS)

        await together(
            application.have_sent(many, accepted),
            application.send_itself(self._own_messages(run)),
            post_garbage(theatre.edge, garbage, chance),
        )

    def _own_messages(self, run: str) -> list[Wanted]:
        """Plain SMS, which make one attempt each."""
        several = wanted(messages=10 * self._own, seed=self.seed + 1, run=run, own=True)
        return [each for each in several if each.is_plain_sms][: self._own]

    async def _watch(self, bars: _Bars) -> None:
        progress, at_first = self.theatre.progress, (await self.theatre.ledger.state()).callbacks.taken
        while True:
            state = await self.theatre.ledger.state()
            taken = state.callbacks.taken - at_first
            progress.update(bars.called, completed=await self._count_called())
            progress.update(bars.told, completed=taken, total=taken + state.callbacks.waiting)
            await asyncio.sleep(POLL_SECONDS)

    async def _count_called(self) -> int:
        """Further steps of plans count too."""
        self.called = await dispatched(self.theatre.dispatch) - self.called_before
        return self.called

    async def _until_called(self, awaited: int, poll_seconds: float = POLL_SECONDS) -> None:
        patience = Patience(PATIENCE_SECONDS)
        while True:
            called = await self._count_called()
            if called >= awaited or not patience.lasts(called):
                return
            await asyncio.sleep(poll_seconds)

    async def _until_told(self) -> SimulatorState:
        """Until most receipts have come, which takes some people their time."""
        ends = time.monotonic() + RECEIPTS_SECONDS
        while True:
            state = await self.theatre.ledger.state()
            few = state.callbacks.waiting <= SLOW_SHARE * state.callbacks.posted
            if few or time.monotonic() > ends:
                return state
            await asyncio.sleep(POLL_SECONDS)

    async def _post_odd_codes(self, application: Application, start: int, chance: random.Random) -> list[str]:
        """The attempts that they are about."""
        own = [each for each in await self.theatre.ledger.messages(start) if each.key in application.reported]
        about = [each for each in own if each.provider == "mensatek"][: max(1, round(self.messages * ODD_SHARE))]
        await post_odd_codes(self.theatre.edge, about, chance)
        return [each.key for each in about]

    async def _read_back(self, application: Application, start: int, run: str, bars: _Bars) -> Burst:
        """Asks until all that the providers have told by now is there, or nothing new is for a while.

        Then what the providers say is looked at anew: plans may have sent further steps in the meantime.
        """
        progress = self.theatre.progress
        for bar in (bars.accepted, bars.called, bars.told):
            progress.remove_task(bar)
        for patience_seconds in LOOKS_SECONDS:
            taken = await self._taken(start, run)
            burst, holds = await self._compared(application, taken, patience_seconds)
            if holds:
                break
        return burst

    async def _compared(
        self, application: Application, taken: Sequence[Taken], patience_seconds: float
    ) -> tuple[Burst, bool]:
        progress = self.theatre.progress
        bar, patience = progress.add_task("Reading back", total=len(taken)), Patience(patience_seconds)
        while True:
            listed = await self.theatre.api.messages(self.since, lambda count: progress.update(bar, completed=count))
            doubts, report = await self.theatre.api.doubts(), await self.theatre.api.failover(self.since)
            burst = _burst(application, taken, listed, doubts, report)
            failing = [check for check in self._checks(burst) if not check.holds]
            if not failing or not patience.lasts(hash(tuple(check.stored for check in failing))):
                progress.remove_task(bar)
                return burst, not failing
            await asyncio.sleep(POLL_SECONDS)

    async def _taken(self, start: int, run: str) -> list[Taken]:
        """Without what plans of a run before this one have sent since."""
        taken = await self.theatre.ledger.messages(start)
        return [each for each in taken if each.run in (run, None)]

    def _checks(self, burst: Burst) -> list[Check]:
        return [*check_burst(burst), *check_failovers(burst, self.called_seconds)]

    async def _check_strays(self, before: SinkCounts, garbage: int, odd: Sequence[str]) -> list[Check]:
        patience = Patience(PATIENCE_SECONDS / 4)
        while True:
            after = await sink_counts(self.theatre.sink)
            details = await self.theatre.api.details(odd)
            told = sum(any(event.stage is Stage.UNKNOWN for event in each.events) for each in details.values())
            checks = [
                equal("unreadable payloads", garbage, after.unparsed - before.unparsed),
                equal("codes that nobody knows", len(odd), told),
            ]
            if all(check.holds for check in checks) or not patience.lasts(told + after.unparsed):
                return checks
            await asyncio.sleep(POLL_SECONDS)


async def play_burst(theatre: Theatre, messages: int, seed: int) -> Played:
    """Sends, waits, reads back and compares."""
    return await _Player(theatre, messages, seed).play()


def _burst(
    application: Application,
    taken: Sequence[Taken],
    listed: Sequence[MessageSummary],
    doubts: Sequence[DoubtAnswer],
    report: FailoverReport,
) -> Burst:
    accepted = application.accepted
    return Burst(
        accepted={message_id: each.reference for message_id, each in accepted.items()},
        planned={message_id: each for message_id, each in accepted.items() if each.plan},
        reported=application.reported,
        taken=taken,
        found=attempts_of(listed),
        failovers={each.message_id: each for each in listed if each.message_id in accepted and each.plan},
        doubts=tuple(each for each in doubts if each.message_id in accepted),
        report=report,
    )


async def _settled(theatre: Theatre) -> SinkCounts:
    """What is stored before anything is sent, once what a run before this one left in Kafka is stored too."""
    patience = Patience(PATIENCE_SECONDS)
    counts = await sink_counts(theatre.sink)
    while patience.lasts(counts.events):
        await asyncio.sleep(POLL_SECONDS)
        counts, earlier = await sink_counts(theatre.sink), counts
        if counts.lag == 0 and counts == earlier:
            break
    return counts
