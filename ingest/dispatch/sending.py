"""Sends one step, once: claims it, calls the provider, and writes what came of it.

The ledger says where it stands, whoever brought it there, and each phase has its way on:

- free: wait for the way to the account, claim it, call. What was certainly not taken is released and tried again later,
  until that has an end;
- claimed by another one: wait until nobody can be sending under that claim any more; without a word by then, it is in
  doubt;
- in doubt: ask the provider where it can be asked; else do as the decision says;
- abandoned, which is in doubt still, though its plan has gone on, or done: done.
"""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final

from delivery.calls import Result
from delivery.decisions import SendDecision, Why, settle_id
from delivery.phases import UNCERTAIN, Phase
from delivery.plans import OnDoubt
from delivery.reasons import Reason
from ingest.accounts import NotConfigured
from ingest.caller import Withheld
from ingest.dispatch.claiming import Claim, claim
from ingest.dispatch.doubts import looked_up
from ingest.dispatch.gate import NoPassage, Permit
from ingest.dispatch.ledger import Entry
from ingest.dispatch.lines import Exchanged, Line, guarded
from ingest.dispatch.prospects import Prospects
from ingest.dispatch.recall import CLOCK_MARGIN
from ingest.dispatch.step_outcomes import READ_BACK_SECONDS, StepOutcomes
from ingest.dispatch.tools import Given, Holding, Tools
from ingest.outbound import Busy, HttpAnswer, HttpCall, NotFound, Refused, Sending, Taken, Unauthorised, Unclear

ENDED: Final = frozenset({Phase.ABANDONED, Phase.DONE})
JUST_NOW_SECONDS: Final = 2.0
"""What a person has just written is known here after so long; whoever answers at once is not to be refused."""
SETTLING_SECONDS: Final = 0.2
"""How often it is looked whether a settlement has ended."""


class SendStep:
    """One decision, while it is under way."""

    def __init__(self, tools: Tools, holding: Holding, given: Given, decision: SendDecision) -> None:
        self._tools = tools
        self._holding = holding
        self._ledger = holding.ledger
        self._given = given
        self._decision = decision
        self._id = decision.decision_id
        self._outcomes = StepOutcomes(tools, holding, given, decision)
        self._prospects = Prospects(tools, holding.ledger, decision)
        self._others: dict[str, float] = {}
        """Claims of others, and when each was seen first."""

    async def run(self) -> None:
        """Return once what came of it is written, or nothing is left to do here. May be cancelled while it waits."""
        if self._may_be_forgotten():
            await self._holding.recall(self._id, self._decision.decided_at)
        if self._repeats_doubt() and self._ledger.phase(self._id) is Phase.FREE and not await self._may_be_repeated():
            return await self._outcomes.released("", "what it would repeat is not found not to have been sent")
        line = self._tools.lines.get(self._decision.order.provider)
        if line is None or line.sender is None:
            return await self._impossible("nothing of this name sends messages")
        sending = Sending(
            message_id=self._decision.message_id,
            reference=self._decision.reference,
            account=line.account,
            at=self._tools.clock(),
            step=self._decision.step,
            tries=self._decision.tries,
            expected_cost=self._decision.cost,
        )
        try:
            call = line.sender.send_call(self._decision.order, sending)
        except Exception as error:  # noqa: BLE001 - it was checked before; whatever it is, nothing is sent
            return await self._impossible(f"it cannot be made a request: {type(error).__name__}")
        while True:
            entry = self._ledger.entry(self._id)
            if entry is None or entry.phase is Phase.FREE:
                await self._try(line, sending, call)
            elif entry.phase is Phase.CLAIMED:
                await self._wait_for_other(entry)
            elif entry.phase in ENDED or await self._left_in_doubt(line, entry):
                return None

    def _repeats_doubt(self) -> bool:
        """Whether a person has it repeated; what a plan repeats is known to have failed."""
        return self._decision.tries > 0 and self._decision.why is Why.SETTLED

    async def _may_be_repeated(self) -> bool:
        """Whether the try before this one was in doubt, and then settled as not sent. That is decided before this."""
        decision = self._decision
        settlement = settle_id(decision.message_id, decision.step, decision.tries - 1)
        while self._holding.carries_out(settlement):
            await self._ledger.changed(settlement, SETTLING_SECONDS)
        if self._ledger.entry(settlement) is None:
            await self._holding.recall(settlement, decision.decided_at)
        return self._ledger.result(settlement) is Result.NOT_TAKEN

    # what a phase asks for

    async def _try(self, line: Line, sending: Sending, call: HttpCall) -> None:
        """One claim and one call at most; what came of it is in the ledger afterwards."""
        prospects = self._prospects
        if prospects.are_over(line) or await self._window_is_closed(line):
            return await self._unbroken(self._give_up())
        await asyncio.sleep(prospects.wait_seconds)
        async with AsyncExitStack() as stack:
            try:
                passage = line.gate.passage(prospects.patience_seconds, waits=self._decision.waits)
                permit = await stack.enter_async_context(passage)
            except NoPassage as error:
                prospects.no_way(str(error))
                return None
            if prospects.are_over(line) or self._ledger.phase(self._id) is not Phase.FREE:
                return None
            work = self._exchange(line, sending, call, permit, stack.pop_all())
        return await self._unbroken(work)

    async def _window_is_closed(self, line: Line) -> bool:
        """Whether it is certain to be refused, since the person has not written for too long, nor just now."""
        windows, order = self._tools.windows, self._decision.order
        if not windows.refuse(order, line):
            return False
        await asyncio.sleep(JUST_NOW_SECONDS)
        closed = windows.refuse(order, line)
        if closed:
            self._prospects.refuse("the person has not written for more than a day", Reason.WINDOW_CLOSED)
        return closed

    async def _wait_for_other(self, entry: Entry) -> None:
        word = entry.claim
        if (written := self._outcomes.written(word)) is not None:
            read_back = await self._ledger.changed(self._id, READ_BACK_SECONDS)
            if not read_back and written == Result.RELEASED:
                # A claim that was not acknowledged in time may have landed behind its own release.
                await self._unbroken(self._outcomes.released(word, "released once more"))
            return
        since = self._others.setdefault(word, time.monotonic())
        left = since + self._tools.config.longest_call_seconds - time.monotonic()
        if left > 0:
            await self._ledger.changed(self._id, left)
        else:
            await self._unbroken(self._outcomes.doubted(word, "whoever was about to send it ended without a word"))

    async def _left_in_doubt(self, line: Line, entry: Entry) -> bool:
        """Whether nothing more is to be done about it here. Nobody can be sending it any more."""
        word = entry.claim
        found = None
        if line.looked_up is not None:
            tools = self._tools
            found = await looked_up(
                line, self._decision, self._ledger, tools.config.doubt, since=entry.first_at, clock=tools.clock
            )
        if self._ledger.phase(self._id) is not Phase.DOUBT:
            return False
        if isinstance(found, Taken):
            await self._unbroken(self._outcomes.taken(found, word))
            return True
        if isinstance(found, NotFound):
            await self._unbroken(self._outcomes.released(word, found.text, looked_up=True))
        elif self._decision.on_doubt is OnDoubt.RETRY and self._prospects.allow_another():
            await self._unbroken(self._outcomes.released(word, "sent again in doubt, as was asked for"))
        elif self._decision.on_doubt is OnDoubt.NEXT:
            await self._unbroken(self._outcomes.abandoned(word, looked_up=line.looked_up is not None))
            return True
        else:
            return True
        await self._read_back(word)
        return False

    # one try

    async def _exchange(
        self, line: Line, sending: Sending, call: HttpCall, permit: Permit, passage: AsyncExitStack
    ) -> None:
        """Claim, call and write: never broken off in between."""
        async with passage:
            made = await claim(self._tools, self._ledger, self._given)
            if made.claim is not None:
                exchanged = await self._sent(line, sending, call, made.claim, permit)
                # In its place still: so a crash leaves no more in doubt than calls may be under way.
                await self._record(exchanged, made.word)
        if made.unsure:
            await self._unused(made.word)

    async def _sent(self, line: Line, sending: Sending, call: HttpCall, held: Claim, permit: Permit) -> Exchanged:
        sender = line.sender
        assert sender is not None  # noqa: S101 - `run` has seen to it
        try:
            outcome = await line.call_while(call, lambda: held.stands() and not self._prospects.expired())
        except NotConfigured as error:
            return Exchanged(error, call)
        if isinstance(outcome, Withheld):
            return Exchanged(outcome, call)
        if not isinstance(outcome, HttpAnswer):
            permit.tell(outcome, None)
            return Exchanged(outcome, call)
        result = guarded(lambda answer: sender.read_sent(self._decision.order, sending, answer), outcome)
        permit.tell(result, outcome)
        return Exchanged(result, call, outcome)

    async def _record(self, exchanged: Exchanged, word: str) -> None:
        outcomes, result = self._outcomes, exchanged.result
        match result:
            case Taken():
                await outcomes.taken(result, word, exchanged)
            case Refused(reason=reason, code=code, text=text):
                await outcomes.rejected(Result.REFUSED, word, reason, code=code, text=text, exchanged=exchanged)
            case Busy() | Unauthorised():
                self._prospects.put_off(result, exchanged)
                await outcomes.released(word, result.text, exchanged=exchanged)
            case Unclear():
                await outcomes.doubted(word, result.text, exchanged)
            case Withheld():
                await self._unused(word)
            case NotConfigured():
                await outcomes.rejected(Result.IMPOSSIBLE, word, Reason.PROVIDER_ERROR, text=str(result))
            case _:
                await outcomes.doubted(word, f"read as {type(result).__name__}, no answer to a send", exchanged)

    async def _unused(self, word: str) -> None:
        """Nothing was sent under a claim, and nothing will be: give it back.

        Where another dispatcher counts it as in doubt already, that one waits for nobody any more, and the plan may
        have gone on. So nothing is tried again, and the truth is told: it was not sent.
        """
        await self._holding.catch_up()
        if self._ledger.phase(self._id) in UNCERTAIN:
            text = "the dispatcher was cut off before it could send it"
            await self._outcomes.rejected(Result.NOT_TAKEN, word, Reason.PROVIDER_ERROR, text=text)
        elif self._ledger.phase(self._id) is not Phase.DONE:
            await self._outcomes.released(word, "the claim was too old to be used")

    # the end of trying

    async def _give_up(self) -> None:
        """Under a claim, so that nobody else can be sending it."""
        made = await claim(self._tools, self._ledger, self._given)
        if made.claim is not None:
            await self._outcomes.rejected(
                Result.NOT_TAKEN,
                made.word,
                self._prospects.failed_as,
                text=self._prospects.failure or "tried too often",
                exchanged=self._prospects.exchanged,
            )
        elif made.unsure:
            await self._unused(made.word)

    async def _impossible(self, text: str) -> None:
        await self._unbroken(self._outcomes.rejected(Result.IMPOSSIBLE, "", Reason.PROVIDER_ERROR, text=text))

    def _may_be_forgotten(self) -> bool:
        remembered_since = self._tools.clock() - self._tools.config.remember + CLOCK_MARGIN
        return self._ledger.entry(self._id) is None and self._decision.decided_at < remembered_since

    async def _read_back(self, word: str) -> None:
        """What was released must be read before the step is looked at again."""
        if self._ledger.phase(self._id) is Phase.DOUBT and self._outcomes.written(word) is not None:
            await self._ledger.changed(self._id, READ_BACK_SECONDS)

    async def _unbroken(self, work: Coroutine[Any, Any, None]) -> None:
        await asyncio.shield(self._holding.unbroken(work))
