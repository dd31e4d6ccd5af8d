"""Writes what came of a step: the call, and the events that tell it, in one publish."""

from typing import Final

from delivery.calls import Result
from delivery.decisions import SendDecision
from delivery.reasons import Reason
from ingest.dispatch.lines import Exchanged
from ingest.dispatch.refusals import kept_of, rejected
from ingest.dispatch.tools import Given, Holding, Tools
from ingest.outbound import Taken

READ_BACK_SECONDS: Final = 5.0


class StepOutcomes:
    """Each returns when Kafka has acknowledged it and, in the usual case, the ledger has read it back."""

    def __init__(self, tools: Tools, holding: Holding, given: Given, decision: SendDecision) -> None:
        self._tools = tools
        self._ledger = holding.ledger
        self._given = given
        self._decision = decision
        self._written: dict[str, str] = {}

    def written(self, word: str) -> str | None:
        """What was written here to end a claim, though it may not be read back yet."""
        return self._written.get(word)

    async def taken(self, taken: Taken, word: str, exchanged: Exchanged | None = None) -> None:
        """Without an exchange of its own it was looked up."""
        called = self._given.called(
            self._tools.clock(),
            Result.TAKEN,
            claim=word,
            refs=tuple(send.ref for send in taken.sends),
            tries=self._tries(),
            status=_status(exchanged),
            looked_up=exchanged is None,
        )
        await self._tools.recorder.write([called], taken.sends)
        await self._concluded(word, Result.TAKEN)

    async def rejected(
        self,
        result: Result,
        word: str,
        reason: Reason,
        *,
        code: str = "",
        text: str = "",
        exchanged: Exchanged | None = None,
    ) -> None:
        """Nobody has taken it, and nobody will."""
        decision, now = self._decision, self._tools.clock()
        event = rejected(
            decision.order,
            decision.message_id,
            decision.step,
            decision.tries,
            now,
            reason=reason,
            expected_cost=decision.cost,
            code=code,
            text=text,
            exchanged=exchanged,
        )
        called = self._given.called(
            now,
            result,
            claim=word,
            code=code,
            text=text,
            reason=reason,
            tries=self._tries(),
            status=_status(exchanged),
        )
        await self._tools.recorder.write([called], [event])
        await self._concluded(word, result)

    async def released(
        self, word: str, text: str, *, exchanged: Exchanged | None = None, looked_up: bool = False
    ) -> None:
        """Another claim may be made."""
        called = self._given.called(
            self._tools.clock(),
            Result.RELEASED,
            claim=word,
            text=text,
            tries=self._tries(),
            status=_status(exchanged),
            looked_up=looked_up,
            personal=kept_of(self._decision.order, exchanged),
        )
        await self._tools.recorder.write([called])
        await self._concluded(word, Result.RELEASED)

    async def abandoned(self, word: str, *, looked_up: bool) -> None:
        """It stays in doubt, and the plan goes on."""
        text = "nobody can tell whether it was taken, and its plan goes on"
        called = self._given.called(
            self._tools.clock(), Result.ABANDONED, claim=word, text=text, tries=self._tries(), looked_up=looked_up
        )
        await self._tools.recorder.write([called])
        await self._concluded(word, Result.ABANDONED)

    async def doubted(self, word: str, why: str, exchanged: Exchanged | None = None) -> None:
        personal = kept_of(self._decision.order, exchanged)
        doubt = self._given.in_doubt(self._tools.clock(), why, claim=word, personal=personal)
        await self._tools.recorder.write([doubt])
        self._tools.metrics.doubts.labels(self._given.provider).inc()
        await self._concluded(word, "doubt")

    def _tries(self) -> int:
        entry = self._ledger.entry(self._decision.decision_id)
        return entry.held if entry else 0

    async def _concluded(self, word: str, outcome: str) -> None:
        self._tools.metrics.decisions.labels(self._given.provider, "send", outcome).inc()
        self._written[word] = outcome
        if self._ledger.holds(self._decision.decision_id, word):
            await self._ledger.changed(self._decision.decision_id, READ_BACK_SECONDS)


def _status(exchanged: Exchanged | None) -> int | None:
    return exchanged.answer.status if exchanged and exchanged.answer else None
