"""What every decision is carried out with, and a decision with its place."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from delivery.calls import Called, CallPersonal, InDoubt, Result
from delivery.decisions import Decision
from delivery.reasons import Reason
from ingest.dispatch.config import DispatchConfig
from ingest.dispatch.ledger import Ledger
from ingest.dispatch.lines import Lines
from ingest.dispatch.metrics import DispatchMetrics
from ingest.dispatch.recorder import Recorder
from ingest.dispatch.windows import Windows


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all partitions of a process."""

    config: DispatchConfig
    lines: Lines
    recorder: Recorder
    metrics: DispatchMetrics
    clock: Callable[[], datetime]
    windows: Windows


class Holding(Protocol):
    """The partition that a decision stands in."""

    @property
    def ledger(self) -> Ledger: ...

    def unbroken(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have something done to its end, though whoever waits for it is told to stop."""

    async def catch_up(self) -> bool:
        """Whether the ledger holds all that was written until now."""

    async def recall(self, decision_id: str, since: datetime) -> None:
        """Have the ledger know what became of a decision since a time before all that it remembers."""

    def carries_out(self, decision_id: str) -> bool:
        """Whether a decision is under way here."""


@dataclass(frozen=True, slots=True)
class Given:
    """A decision and the offset at which it stands."""

    decision: Decision
    offset: int
    provider: str
    step: int | None = None

    def called(
        self,
        at: datetime,
        result: Result,
        *,
        claim: str = "",
        refs: tuple[str, ...] = (),
        code: str = "",
        text: str = "",
        reason: Reason | None = None,
        tries: int = 1,
        status: int | None = None,
        looked_up: bool = False,
        personal: CallPersonal | None = None,
    ) -> Called:
        return Called(
            decision_id=self.decision.decision_id,
            message_id=self.decision.message_id,
            provider=self.provider,
            claim=claim,
            at=at,
            decision_offset=self.offset,
            step=self.step,
            result=result,
            refs=refs,
            code=code,
            text=text,
            reason=reason,
            tries=tries,
            status=status,
            looked_up=looked_up,
            personal=personal,
        )

    def in_doubt(self, at: datetime, why: str, *, claim: str = "", personal: CallPersonal | None = None) -> InDoubt:
        return InDoubt(
            decision_id=self.decision.decision_id,
            message_id=self.decision.message_id,
            provider=self.provider,
            claim=claim,
            at=at,
            decision_offset=self.offset,
            step=self.step,
            why=why,
            personal=personal,
        )
