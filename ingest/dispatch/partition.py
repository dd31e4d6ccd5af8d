"""One partition of decisions while it is ours: what of it is under way, and how far it is done."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from aiokafka import ConsumerRecord

from delivery.calls import Result
from delivery.decisions import (
    CancelDecision,
    EndDecision,
    MalformedDecision,
    OutcomeDecision,
    PollDecision,
    SendDecision,
    SettleDecision,
    WaitDecision,
    decode_decision,
)
from ingest.dispatch.asking import cancel, poll
from ingest.dispatch.ledger import Ledger, as_metadata
from ingest.dispatch.progress import Progress
from ingest.dispatch.recall import OlderCalls
from ingest.dispatch.sending import SendStep
from ingest.dispatch.settling import settle
from ingest.dispatch.tail import CallsTail
from ingest.dispatch.tools import Given, Tools
from ingest.provider import Provider

logger = logging.getLogger(__name__)

ToCarryOut: TypeAlias = SendDecision | PollDecision | CancelDecision | SettleDecision

CATCH_UP_SECONDS: Final = 5.0
TRIES: Final = 3
RETRY_SECONDS: Final = 2.0


class Partition:
    """Its decisions are carried out side by side. `take` each record once, in order."""

    def __init__(
        self, tools: Tools, providers: Mapping[str, type[Provider]], number: int, tail: CallsTail, position: int
    ) -> None:
        self.number = number
        self.progress = Progress(position)
        self._tools = tools
        self._providers = providers
        self._tail = tail
        self._older = OlderCalls(tools.config.bootstrap_servers, tools.config.topics.calls, number)
        self._tasks: set[asyncio.Task[None]] = set()
        self._unbroken: set[asyncio.Task[None]] = set()
        self._ids: set[str] = set()

    @property
    def ledger(self) -> Ledger:
        return self._tail.ledgers[self.number]

    @property
    def room(self) -> int:
        """How many more decisions may be taken up at present."""
        return max(self._tools.config.window - self.progress.under_way, 0)

    @property
    def to_commit(self) -> tuple[int, str]:
        """The offset of the first decision that is not done, and what a successor must know of the calls."""
        offset = self.progress.low_water
        return offset, as_metadata(self.ledger.read_from(offset, self._tail.position(self.number)))

    def unbroken(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._unbroken.add(task)
        task.add_done_callback(self._unbroken.discard)
        task.add_done_callback(_told_of_failure)
        return task

    async def catch_up(self) -> bool:
        return await self._tail.catch_up(self.number, CATCH_UP_SECONDS)

    async def recall(self, decision_id: str, since: datetime) -> None:
        older = await self._older.entry(decision_id, since)
        if older is not None:
            self.ledger.recall(decision_id, older)

    def carries_out(self, decision_id: str) -> bool:
        return decision_id in self._ids

    def take(self, record: ConsumerRecord) -> None:
        offset = record.offset
        self.progress.begin(offset)
        try:
            decision = decode_decision(record.value or b"")
        except MalformedDecision:
            self._tools.metrics.unreadable.labels(record.topic).inc()
            logger.error(  # noqa: TRY400 - the error may quote the record
                "%s [%d] %d is no decision and is passed over; it stays in the topic", record.topic, self.number, offset
            )
            self.progress.done(offset)
            return
        if isinstance(decision, WaitDecision | EndDecision | OutcomeDecision) or decision.decision_id in self._ids:
            # There is nothing to do, or it was decided again after a crash. Then the mark stays below the first until
            # that is done, and so is this.
            self.progress.done(offset)
            return
        self._ids.add(decision.decision_id)
        given = _given(decision, offset)
        task = asyncio.create_task(self._carry_out(given, decision))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def let_go(self, seconds: float) -> None:
        """Begin nothing more, and wait so long for what must not be broken off. It goes on after that all the same."""
        for task in self._tasks:
            task.cancel()
        if self._unbroken:
            await asyncio.wait(self._unbroken, timeout=seconds)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    async def ended(self) -> None:
        """Wait for what must not be broken off, however long it takes."""
        while self._unbroken:
            await asyncio.wait(self._unbroken)

    async def _carry_out(self, given: Given, decision: ToCarryOut) -> None:
        try:
            for _ in range(TRIES):
                try:
                    await self._by_kind(given, decision)
                    break
                except Exception as error:  # noqa: BLE001 - a fault of ours in one must not hold up all others
                    logger.error("a decision could not be carried out: %s", _place(error))  # noqa: TRY400
                    await asyncio.sleep(RETRY_SECONDS)
            else:
                await self._give_up(given, decision)
            self.progress.done(given.offset)
        finally:
            self._ids.discard(decision.decision_id)

    async def _by_kind(self, given: Given, decision: ToCarryOut) -> None:
        tools = self._tools
        match decision:
            case SendDecision():
                await SendStep(tools, self, given, decision).run()
                return
            case PollDecision() | CancelDecision() if self.ledger.result(decision.decision_id) is Result.ANSWERED:
                return  # it comes again after a crash; to ask a provider once more is not welcome, only harmless
            case PollDecision():
                kind, outcome = "poll", await poll(tools, given, decision)
            case CancelDecision():
                kind, outcome = "cancel", await cancel(tools, given, decision)
            case SettleDecision():
                kind, outcome = "settle", await settle(tools, self, given, decision, self._providers)
        tools.metrics.decisions.labels(given.provider, kind, outcome).inc()

    async def _give_up(self, given: Given, decision: ToCarryOut) -> None:
        now, why = self._tools.clock(), "a fault of ours, which the log tells"
        if isinstance(decision, SendDecision):
            entry = self.ledger.entry(decision.decision_id)
            await self._tools.recorder.write([given.in_doubt(now, why, claim=entry.claim if entry else "")])
            self._tools.metrics.doubts.labels(given.provider).inc()
        else:
            # Of a settlement, not taken would tell that the message was not sent.
            result = Result.IMPOSSIBLE if isinstance(decision, SettleDecision) else Result.NOT_TAKEN
            await self._tools.recorder.write([given.called(now, result, text=why)])


def _given(decision: ToCarryOut, offset: int) -> Given:
    match decision:
        case SendDecision() | SettleDecision():
            return Given(decision, offset, decision.order.provider, decision.step)
        case _:
            return Given(decision, offset, decision.target.provider)


def _told_of_failure(task: asyncio.Task[None]) -> None:
    """Whoever waited for it may be gone; then nobody else would ever look."""
    if not task.cancelled():
        task.exception()


def _place(error: Exception) -> str:
    """Kind and place alone: the message may quote somebody's text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
